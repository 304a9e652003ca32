/** Reads pages of search results: adds up the counts of search blocks until the page begins, and reads rows from there. */
import type { SearchCounter } from '../../model/search-count.ts';
import { type Direction, planBlock } from '../../model/search-plan.ts';
import { isBefore, type SortKey } from '../../model/sort-key.ts';
import type { Connection } from '../connection.ts';
import { type Statement, statement } from '../statements.ts';
import type { SearchBlocks } from './block-reader.ts';
import { IN_RANGE, type RangeValues, rangeValues } from './counted-tasks.ts';
import { type CountTasks, type Found, IS_FOUND } from './task-counts.ts';
import type { FoundTask } from './uuid-lookup.ts';

export interface BlockSearch {
  blocks: SearchBlocks;
  counter: SearchCounter;
  countTasks: CountTasks;
  /** The folded term. */
  term: string;
  found: Found;
  /** The tasks that are listed, not counted by blocks. */
  listed: readonly FoundTask[];
}

/** A page, from the plan of a search. */
export interface PageToRead {
  direction: Direction;
  skip: number;
  take: number;
}

interface CountedBlock {
  size: number;
  found: number;
  isListed: boolean;
}

type Order = 'DESC' | 'ASC';

type Both<Values extends object, Row> = Record<Order, Statement<Values, Row>>;
const inBoth = <Values extends object, Row>(
  define: (order: Order) => Statement<Values, Row>,
): Both<Values, Row> => ({ DESC: define('DESC'), ASC: define('ASC') });

const scans = inBoth((order) =>
  statement<Found & RangeValues & { skip: number; take: number }, { tie: string }>(
    `scan-block-${order}`,
    `SELECT uuid AS tie FROM hdp_tasks WHERE ${IN_RANGE} AND ${IS_FOUND}
     ORDER BY created_at ${order}, uuid ${order} LIMIT :take::bigint OFFSET :skip::bigint`,
  ),
);

const ofPrograms = inBoth((order) =>
  statement<Pick<Found, 'programs'> & RangeValues & { take: number }, SortKey>(
    `tasks-of-programs-${order}`,
    `SELECT task.created_at AS position, task.uuid AS tie FROM unnest(:programs::bigint[]) AS program (id), LATERAL (
       SELECT created_at, uuid FROM hdp_tasks WHERE program_id = program.id AND ${IN_RANGE}
       ORDER BY created_at ${order}, uuid ${order} LIMIT :take::bigint
     ) AS task`,
  ),
);

/** Counts the found tasks of all blocks. Call it in a snapshot, and use the result only there. */
export async function countBlocks(
  connection: Connection,
  { blocks, counter, countTasks, term, found, listed }: BlockSearch,
) {
  const listedIn = Map.groupBy(listed, (task) => blocks.indexOf(task));
  const counts = Array.from({ length: blocks.length }, (_, index) =>
    counter.count(blocks.at(index), listedIn.get(index)?.length ?? 0),
  );
  // The counts of some blocks do not determine the number of found tasks.
  const unknown = counts.flatMap((count, index) => (count.found === undefined ? [index] : []));
  const read = await countTasks(connection, { blocks, found, term, indexes: unknown });
  const counted: CountedBlock[] = counts.map((count, index) => ({
    ...count,
    found: count.found ?? read.get(index) ?? 0,
  }));

  /** Reads found tasks of one block, in the direction of the page. */
  async function readBlock(index: number, { direction, skip, take }: PageToRead): Promise<string[]> {
    const { isListed, size, found: total } = counted[index] ?? { isListed: true, size: 0, found: 0 };
    // Only the programs in this block, so that PostgreSQL hashes fewer.
    const programs = counter.programsIn(blocks.at(index));
    const plan = planBlock({
      ...{ size, found: total, skip, take },
      programs: isListed ? programs.length : undefined,
    });
    const isDescending = (direction === 'from newest') !== plan.isReversed;
    const order = isDescending ? 'DESC' : 'ASC';
    const range = rangeValues(blocks.rangeOf(index));
    if (plan.kind === 'scan') {
      const values = { ...found, programs, ...range, skip: plan.skip, take };
      return (await connection.all(scans[order], values)).map(({ tie }) => tie);
    }
    const end = plan.skip + take;
    const keys = await connection.all(ofPrograms[order], { programs, ...range, take: end });
    keys.push(...(listedIn.get(index) ?? []));
    keys.sort((a, b) => (isBefore(a, b) === isDescending ? 1 : -1));
    return keys.slice(plan.skip, end).map(({ tie }) => tie);
  }

  return {
    total: counted.reduce((sum, { found }) => sum + found, 0),
    /** Returns the uuids of the tasks of a page, in any order. */
    async read({ direction, skip, take }: PageToRead): Promise<string[]> {
      const indexes = [...counted.keys()];
      const uuids: string[] = [];
      let toSkip = skip;
      for (const index of direction === 'from newest' ? indexes.reverse() : indexes) {
        if (uuids.length === take) break;
        const inBlock = counted[index]?.found ?? 0;
        const onPage = Math.min(inBlock - toSkip, take - uuids.length);
        if (onPage > 0) uuids.push(...(await readBlock(index, { direction, skip: toSkip, take: onPage })));
        toSkip = Math.max(0, toSkip - inBlock);
      }
      return uuids;
    },
  };
}
