/** Searches HDP tasks by a part of their uuid, program hash or program name (contract B2). */
import { foldCase } from '../../model/fold-case.ts';
import { isPartOfUlid } from '../../model/uuid-terms.ts';
import type { Page, Slice } from '../../queries/results.ts';
import type { HdpTaskRow } from '../../rows.ts';
import type { Connection } from '../connection.ts';
import { hdpTasks } from '../schema.ts';
import { columnsOf, statement } from '../statements.ts';

const programsContaining = statement<{ term: string }, { id: number }>(
  'programs-containing',
  `SELECT id FROM hdp_programs WHERE strpos(folded_hash, :term::text) > 0 OR strpos(folded_name, :term::text) > 0`,
);

interface Found {
  programs: readonly number[];
  /** A pattern for LIKE; null if no uuid can contain the term. */
  pattern: string | null;
}

const FOUND = '(program_id = ANY (:programs) OR lower(uuid) LIKE :pattern)';

const count = statement<Found, { total: number }>(
  'count-found-hdp-tasks',
  `SELECT count(*) AS total FROM hdp_tasks WHERE ${FOUND}`,
);

const page = statement<Found & Slice, HdpTaskRow>(
  'page-of-found-hdp-tasks',
  `SELECT ${columnsOf(hdpTasks)} FROM hdp_tasks WHERE ${FOUND}
   ORDER BY created_at DESC, uuid DESC LIMIT :limit OFFSET :offset`,
);

/** Returns a page of the found tasks, newest first. Call it in one snapshot. */
export async function searchHdpTasks(
  connection: Connection,
  text: string,
  slice: Slice,
): Promise<Page<HdpTaskRow>> {
  const term = foldCase(text);
  const programs = (await connection.all(programsContaining, { term })).map(({ id }) => id);
  // Only letters and digits, so nothing must be escaped.
  const found = { programs, pattern: isPartOfUlid(term) ? `%${term}%` : null };
  const total = (await connection.first(count, found))?.total ?? 0;
  const rows = slice.offset < total ? await connection.all(page, { ...found, ...slice }) : [];
  return { rows, total };
}
