/**
 * Searches HDP tasks (contract B2) without reading every task. A task is found by its program or by its uuid. There are few
 * programs, and the number of tasks of each is stored. Uuids are looked up by prefix and by trigram (uuid-lookup.ts). If too
 * many uuids match, search blocks count them (model/search-count.ts), or the tasks of a block are counted (task-counts.ts).
 * model/search-plan.ts decides how to read the page.
 */
import { foldCase } from '../../model/fold-case.ts';
import { createSearchCounter, type UuidCounting } from '../../model/search-count.ts';
import { planSearch, SORT_LIMIT } from '../../model/search-plan.ts';
import { isBefore, type SortKey } from '../../model/sort-key.ts';
import { isPartOfUlid } from '../../model/uuid-terms.ts';
import type { Page, Slice } from '../../queries/results.ts';
import type { HdpTaskRow } from '../../rows.ts';
import type { Connection } from '../connection.ts';
import { hdpTasks } from '../schema.ts';
import { columnsOf, statement } from '../statements.ts';
import { countBlocks } from './block-pages.ts';
import { createBlockReader } from './block-reader.ts';
import { createTaskCounts, MAX_CACHED_TERMS } from './task-counts.ts';
import { type FoundTask, lookUpUuids } from './uuid-lookup.ts';

export interface SearchLimits {
  /** Up to this many tasks are listed by prefix, or sorted. */
  sort: number;
  /** Up to this many tasks are listed by trigram. */
  tail: number;
}

const LIMITS: SearchLimits = { sort: SORT_LIMIT, tail: 10_000 };

/** Shorter terms have no trigram. */
const TRIGRAM_LENGTH = 3;

/** The number of tasks includes the pending changes. */
const programsContaining = statement<{ term: string }, { ids: number[] | null; tasks: number }>(
  'programs-containing',
  `WITH program AS MATERIALIZED (
     SELECT id, tasks FROM hdp_programs WHERE strpos(folded_hash, :term::text) > 0 OR strpos(folded_name, :term::text) > 0
   )
   SELECT json_agg(id) AS ids, (coalesce(sum(tasks), 0) + (
     SELECT coalesce(sum(change), 0) FROM pending_search_changes WHERE program_id IN (SELECT id FROM program)
   ))::bigint AS tasks FROM program`,
);

const ofPrograms = statement<{ programs: readonly number[] }, SortKey>(
  'keys-of-programs',
  `SELECT created_at AS position, uuid AS tie FROM hdp_tasks WHERE program_id = ANY (:programs)`,
);

const byUuids = statement<{ uuids: readonly string[] }, HdpTaskRow>(
  'found-hdp-tasks',
  `SELECT ${columnsOf(hdpTasks)} FROM hdp_tasks WHERE uuid = ANY (:uuids) ORDER BY created_at DESC, uuid DESC`,
);

/** The tasks whose uuid contains a term but whose program does not, as far as they are listed. */
interface UuidTasks {
  counting: UuidCounting;
  listed: readonly FoundTask[];
}

/** Returns a page of the tasks that contain a text, newest first. Call it in one snapshot. */
export type SearchHdpTasks = (
  connection: Connection,
  text: string,
  slice: Slice,
) => Promise<Page<HdpTaskRow>>;

export function createHdpSearch(limits: SearchLimits = LIMITS): SearchHdpTasks {
  const readBlocks = createBlockReader();
  const countTasks = createTaskCounts();
  /** Terms of which too many uuids were found. To find that out again would take long; a search is exact without it. */
  const frequent = new Set<string>();

  function addFrequent(term: string): void {
    const [oldest] = frequent.add(term);
    if (frequent.size > MAX_CACHED_TERMS && oldest !== undefined) frequent.delete(oldest);
  }

  async function uuidTasks(
    connection: Connection,
    term: string,
    programs: readonly number[],
  ): Promise<UuidTasks> {
    if (!isPartOfUlid(term)) return { counting: 'listed', listed: [] };
    if (term.length < TRIGRAM_LENGTH) return { counting: 'n-gram', listed: [] };
    if (frequent.has(term)) return { counting: 'unknown', listed: [] };
    const { head, tail } = await lookUpUuids(connection, term, { head: limits.sort, tail: limits.tail });
    if (tail === 'too many') {
      addFrequent(term);
      return { counting: 'unknown', listed: [] };
    }
    const programIds = new Set(programs);
    const listed = (head === 'too many' ? tail : [...head, ...tail]).filter(
      ({ programId }) => programId === null || !programIds.has(programId),
    );
    return { counting: head === 'too many' ? 'prefix' : 'listed', listed };
  }

  return async (connection, text, slice) => {
    const term = foldCase(text);
    const { ids, tasks: byProgram = 0 } = (await connection.first(programsContaining, { term })) ?? {};
    const programs = ids ?? [];
    const { counting, listed } = await uuidTasks(connection, term, programs);
    // Only letters and digits, so nothing must be escaped.
    const found = { programs, pattern: isPartOfUlid(term) ? `%${term}%` : null };
    const rowsOf = async (uuids: readonly string[]) =>
      uuids.length === 0 ? [] : connection.all(byUuids, { uuids });

    const readCounts = async () => {
      const counter = createSearchCounter(term, programs, counting);
      const blocks = await readBlocks(connection);
      return countBlocks(connection, { blocks, counter, countTasks, term, found, listed });
    };
    // If all tasks are listed, the total needs no block.
    const counts = counting === 'listed' ? undefined : await readCounts();
    const total = counts?.total ?? byProgram + listed.length;
    // Blocks find the page even if its tasks had to be counted.
    const plan = planSearch({
      ...{ total, sortLimit: limits.sort, ...slice },
      counting: counting === 'unknown' ? 'prefix' : counting,
    });
    if (plan.kind === 'empty') return { rows: [], total };
    if (plan.kind === 'sort') {
      const keys = [...(await connection.all(ofPrograms, { programs })), ...listed].sort(newestFirst);
      const onPage = keys.slice(slice.offset, slice.offset + slice.limit);
      return { rows: await rowsOf(onPage.map(({ tie }) => tie)), total };
    }
    return { rows: await rowsOf(await (counts ?? (await readCounts())).read(plan)), total };
  };
}

const newestFirst = (a: SortKey, b: SortKey) => (isBefore(a, b) ? 1 : -1);
