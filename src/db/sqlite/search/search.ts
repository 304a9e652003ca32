/**
 * Searches HDP tasks (contract B2) without reading every task. A task is found by its program or by its uuid. There are few
 * programs: their texts are compared in memory (program-texts.ts), and the number of tasks of each is stored. Uuids are
 * looked up by prefix and by trigram (uuid-lookup.ts). If too many uuids match, search blocks count them
 * (model/search-count.ts). model/search-plan.ts decides how to read the page.
 */
import { desc, sql } from 'drizzle-orm';
import { foldCase } from '../../model/fold-case.ts';
import { createSearchCounter, type UuidCounting } from '../../model/search-count.ts';
import { planSearch, SORT_LIMIT } from '../../model/search-plan.ts';
import { isBefore, type SortKey } from '../../model/sort-key.ts';
import { isPartOfUlid } from '../../model/uuid-terms.ts';
import type { HdpTaskRow } from '../../rows.ts';
import type { Page, Slice } from '../../store.ts';
import type { SqliteConnection } from '../connection.ts';
import { hdpTasks } from '../schema.ts';
import { createBlockPages } from './block-pages.ts';
import { createBlockReader } from './block-reader.ts';
import { createProgramTexts } from './program-texts.ts';
import { PROGRAMS } from './tables.ts';
import { createUuidLookup, type FoundTask, TRIGRAM_LENGTH } from './uuid-lookup.ts';

export interface SearchLimits {
  /** Up to this many tasks are listed by prefix, or sorted. */
  sort: number;
  /** Up to this many tasks are listed by trigram. */
  tail: number;
}

const LIMITS: SearchLimits = { sort: SORT_LIMIT, tail: 10_000 };

/** The tasks whose uuid contains a term but whose program does not, as far as they are listed. */
interface UuidTasks {
  counting: UuidCounting;
  listed: readonly FoundTask[];
}

type TaskKey = SortKey & { id: number };

export function createHdpSearch(db: SqliteConnection, limits: SearchLimits = LIMITS) {
  const { $client: sqlite } = db;
  const programTexts = createProgramTexts(sqlite);
  const lookUp = createUuidLookup(sqlite);
  const readBlocks = createBlockReader(sqlite);
  const openBlocks = createBlockPages(sqlite);

  const inPrograms = 'program_id IN (SELECT value FROM json_each(:programs))';
  const found = `(+${inPrograms} OR instr(lower(uuid), :term) > 0)`;
  const pluck = <Value>(statement: string) =>
    sqlite.prepare<[Record<string, unknown>], Value>(statement).pluck();
  const tasksOfPrograms = pluck<number>(
    `SELECT coalesce(sum(tasks), 0) FROM json_each(:programs) CROSS JOIN ${PROGRAMS} ON ${PROGRAMS}.id = value`,
  );
  const countAll = pluck<number>(`SELECT count(*) FROM hdp_tasks INDEXED BY hdp_tasks_order WHERE ${found}`);
  const tasksWithPrograms = sqlite.prepare<[object], TaskKey>(
    `SELECT id, created_at AS position, uuid AS tie FROM hdp_tasks WHERE ${inPrograms}`,
  );
  const scan = (direction: 'ASC' | 'DESC') =>
    pluck<number>(
      `SELECT id FROM hdp_tasks INDEXED BY hdp_tasks_order WHERE ${found}
       ORDER BY created_at ${direction}, uuid ${direction} LIMIT :take OFFSET :skip`,
    );
  const scans = { 'from newest': scan('DESC'), 'from oldest': scan('ASC') };

  const rows = db
    .select()
    .from(hdpTasks)
    .where(sql`${hdpTasks.id} IN (SELECT value FROM json_each(${sql.placeholder('ids')}))`)
    .orderBy(desc(hdpTasks.createdAt), desc(hdpTasks.uuid))
    .prepare();
  const rowsByIds = (ids: readonly number[]): HdpTaskRow[] =>
    ids.length === 0 ? [] : rows.all({ ids: JSON.stringify(ids) });

  function uuidTasks(term: string, programs: readonly number[]): UuidTasks {
    if (!isPartOfUlid(term)) return { counting: 'listed', listed: [] };
    if (term.length < TRIGRAM_LENGTH) return { counting: 'n-gram', listed: [] };
    const { head, tail } = lookUp(term, { head: limits.sort, tail: limits.tail });
    if (tail === 'too many') return { counting: 'unknown', listed: [] };
    const programIds = new Set(programs);
    const listed = (head === 'too many' ? tail : [...head, ...tail]).filter(
      ({ programId }) => programId === null || !programIds.has(programId),
    );
    return { counting: head === 'too many' ? 'prefix' : 'listed', listed };
  }

  /** Returns a page of the tasks that contain a text. Call it in a transaction, so that all reads use one snapshot. */
  return function search(text: string, slice: Slice): Page<HdpTaskRow> {
    const term = foldCase(text);
    const programs = programTexts.listContaining(term);
    const { counting, listed } = uuidTasks(term, programs);
    const parameters = { term: isPartOfUlid(term) ? term : null, programs: JSON.stringify(programs) };
    const byProgram = tasksOfPrograms.get(parameters) ?? 0;

    if (counting === 'unknown') {
      const total = countAll.get(parameters) ?? 0;
      const plan = planSearch({ total, counting, sortLimit: limits.sort, ...slice });
      if (plan.kind !== 'scan') return { rows: [], total };
      const { direction, skip, take } = plan;
      return { rows: rowsByIds(scans[direction].all({ ...parameters, skip, take })), total };
    }
    const openPages = () => {
      const counter = createSearchCounter(term, programs, counting);
      return openBlocks({ blocks: readBlocks(), counter, parameters, listed });
    };
    // If all tasks are listed, no block is needed.
    const pages = counting === 'listed' ? undefined : openPages();
    const total =
      pages && counting === 'prefix'
        ? pages.countFound()
        : byProgram + listed.length + (pages?.countByNGram() ?? 0);
    const plan = planSearch({ total, counting, sortLimit: limits.sort, ...slice });
    if (plan.kind === 'empty') return { rows: [], total };
    if (plan.kind === 'sort') {
      const keys = [...tasksWithPrograms.all(parameters), ...listed].sort(newestFirst);
      const ids = keys.slice(slice.offset, slice.offset + slice.limit).map(({ id }) => id);
      return { rows: rowsByIds(ids), total };
    }
    return { rows: rowsByIds((pages ?? openPages()).read(plan)), total };
  };
}

const newestFirst = (a: SortKey, b: SortKey) => (isBefore(a, b) ? 1 : -1);
