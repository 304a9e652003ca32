/** Reads pages of search results: adds up the counts of search blocks until the page begins, and reads rows from there. */

import type Database from 'better-sqlite3';
import type { SearchCounter } from '../../model/search-count.ts';
import { type Direction, planBlock } from '../../model/search-plan.ts';
import { isBefore, type SortKey } from '../../model/sort-key.ts';
import { GROUP_SIZE, type SearchBlocks } from './block-reader.ts';
import type { FoundTask } from './uuid-lookup.ts';

export interface BlockSearch {
  blocks: SearchBlocks;
  counter: SearchCounter;
  parameters: {
    /** The term; null if ULIDs cannot contain it. */
    term: string | null;
    /** JSON array of the ids of the programs that contain it. */
    programs: string;
  };
  /** The tasks that are listed, not counted by blocks. */
  listed: readonly FoundTask[];
}

/** A page, from the plan of a search. */
export interface PageToRead {
  direction: Direction;
  skip: number;
  take: number;
}

interface Counted {
  size: number;
  found: number;
  isListed: boolean;
}

type Order = 'DESC' | 'ASC';
type TaskKey = SortKey & { id: number };

/**
 * Prepares the statements that read pages.
 * @returns a function that opens the blocks for one search, in the caller's transaction
 */
export function createBlockPages(sqlite: Database.Database) {
  const inRange = '(created_at, uuid) >= (:position, :tie) AND (created_at, uuid) < (:endPosition, :endTie)';
  // The plus sign makes the query planner use the index of the list order.
  const isFound =
    '(+program_id IN (SELECT value FROM json_each(:programs)) OR instr(lower(uuid), :term) > 0)';
  const countInRange = sqlite
    .prepare<[object], number>(
      `SELECT count(*) FROM hdp_tasks INDEXED BY hdp_tasks_order WHERE ${inRange} AND ${isFound}`,
    )
    .pluck();
  const inListOrder = (order: Order) =>
    sqlite
      .prepare<[object], number>(
        `SELECT id FROM hdp_tasks INDEXED BY hdp_tasks_order WHERE ${inRange} AND ${isFound}
         ORDER BY created_at ${order}, uuid ${order} LIMIT :take OFFSET :skip`,
      )
      .pluck();
  const ofProgram = (order: Order) =>
    sqlite.prepare<[object], TaskKey>(
      `SELECT id, created_at AS position, uuid AS tie FROM hdp_tasks INDEXED BY hdp_tasks_program
       WHERE program_id = :program AND ${inRange} ORDER BY created_at ${order}, uuid ${order} LIMIT :take`,
    );
  const scans = { DESC: inListOrder('DESC'), ASC: inListOrder('ASC') };
  const programs = { DESC: ofProgram('DESC'), ASC: ofProgram('ASC') };

  return ({ blocks, counter, parameters, listed }: BlockSearch) => {
    const listedIn = Map.groupBy(listed, (task) => blocks.indexOf(task));
    const listedInGroup = Map.groupBy(listed, (task) => Math.floor(blocks.indexOf(task) / GROUP_SIZE));
    const counted = new Map<number, Counted>();

    function rangeOf(index: number) {
      const [from, to] = [blocks.from(index), blocks.to(index)];
      return { position: from.position, tie: from.tie, endPosition: to.position, endTie: to.tie };
    }

    function countBlock(index: number): Counted {
      const cached = counted.get(index);
      if (cached) return cached;
      const count = counter.count(blocks.at(index), listedIn.get(index)?.length ?? 0);
      const found = count.found ?? countInRange.get({ ...parameters, ...rangeOf(index) }) ?? 0;
      const result = { ...count, found };
      counted.set(index, result);
      return result;
    }

    /** Reads found tasks of one block, in the direction of the page. */
    function readBlock(index: number, { direction, skip, take }: PageToRead): number[] {
      const { isListed, size, found } = countBlock(index);
      const present = counter.programsIn(blocks.at(index));
      const plan = planBlock({ size, found, skip, take, programs: isListed ? present.length : undefined });
      const isDescending = (direction === 'from newest') !== plan.isReversed;
      const order = isDescending ? 'DESC' : 'ASC';
      const range = rangeOf(index);
      const end = plan.skip + take;
      let ids: number[];
      if (plan.kind === 'scan') {
        // Only the programs in this block, so that SQLite builds a smaller set.
        const programs = JSON.stringify(present);
        ids = scans[order].all({ ...parameters, programs, ...range, skip: plan.skip, take });
      } else {
        const keys: TaskKey[] = present.flatMap((program) =>
          programs[order].all({ ...range, program, take: end }),
        );
        keys.push(...(listedIn.get(index) ?? []));
        keys.sort((a, b) => (isBefore(a, b) === isDescending ? 1 : -1));
        ids = keys.slice(plan.skip, end).map(({ id }) => id);
      }
      return ids;
    }

    /** The number of found tasks by group; undefined if its blocks must be counted. */

    const groups = new Map<number, number | undefined>();

    function countGroup(group: number): number | undefined {
      if (!groups.has(group)) {
        groups.set(group, counter.count(blocks.group(group), listedInGroup.get(group)?.length ?? 0).found);
      }
      return groups.get(group);
    }

    const blocksOf = (group: number) =>
      range(Math.min(GROUP_SIZE, blocks.length - group * GROUP_SIZE)).map(
        (index) => group * GROUP_SIZE + index,
      );

    return {
      /** Returns the number of tasks found in all blocks. */
      countFound: () =>
        sum(
          range(blocks.groups).map(
            (group) => countGroup(group) ?? sum(blocksOf(group).map((index) => countBlock(index).found)),
          ),
        ),
      /** Returns the number of tasks with an n-gram in the uuid but not in the program. */
      countByNGram: () => sum(range(blocks.groups).map((group) => counter.countByNGram(blocks.group(group)))),
      /** Returns the ids of the tasks of a page, in any order. */
      read({ direction, skip, take }: PageToRead): number[] {
        const ordered = <Value>(values: Value[]) => (direction === 'from newest' ? values.reverse() : values);
        const ids: number[] = [];
        let toSkip = skip;
        for (const group of ordered(range(blocks.groups))) {
          if (ids.length === take) break;
          // Without rows to skip, the page begins in this group, so counting the group saves nothing.
          const inGroup = toSkip === 0 ? undefined : countGroup(group);
          if (inGroup !== undefined && inGroup <= toSkip) {
            toSkip -= inGroup;
            continue;
          }
          for (const index of ordered(blocksOf(group))) {
            if (ids.length === take) break;
            const { found } = countBlock(index);
            const onPage = Math.min(found - toSkip, take - ids.length);
            if (onPage > 0) ids.push(...readBlock(index, { direction, skip: toSkip, take: onPage }));
            toSkip = Math.max(0, toSkip - found);
          }
        }
        return ids;
      },
    };
  };
}

const range = (length: number) => Array.from({ length }, (_, index) => index);
const sum = (numbers: readonly number[]) => numbers.reduce((total, number) => total + number, 0);
