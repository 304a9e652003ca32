import type pg from 'pg';
import type { CopyRow, CopyValue } from '../../copy/endpoints.ts';
import type { CopiedColumn, CopiedTable } from '../../copy/tables.ts';
import { createConnection } from '../connection.ts';
import { findOrInsertPrograms } from '../search/programs.ts';

const PROGRAM_ID: CopiedColumn = { name: 'program_id', kind: 'integer', isGenerated: false };

/** Rows of `hdp_tasks` with their `program_id`, which every database numbers in its own way. */
export interface RowsWithPrograms {
  columns: readonly CopiedColumn[];
  values: readonly CopyRow[];
}

/** Adds the programs of tasks to `hdp_programs`, in the caller's transaction. Their counts are rebuilt after the copy. */
export async function addPrograms(
  client: pg.Client,
  { columns }: CopiedTable,
  rows: readonly CopyRow[],
): Promise<RowsWithPrograms> {
  const hash = columns.findIndex(({ name }) => name === 'program_hash');
  const name = columns.findIndex((column) => column.name === 'program_name');
  const programs = rows.map((row) => ({ hash: textOf(row[hash]), name: textOf(row[name]) }));
  const ids = await findOrInsertPrograms(
    createConnection((query) => client.query(query)),
    programs,
  );
  return {
    columns: [...columns, PROGRAM_ID],
    values: rows.map((row, index) => [...row, ids[index] ?? null]),
  };
}

const textOf = (value: CopyValue | undefined): string | null => (typeof value === 'string' ? value : null);
