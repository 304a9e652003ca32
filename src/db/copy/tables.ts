/** The tables that a copy of a database has, and how each dialect describes their columns. */
import { type Column, getTableColumns, getTableName, is, Table } from 'drizzle-orm';

/** A table that is copied. A table follows the tables that it refers to. */
const COPIED = [
  { name: 'api_keys', key: ['id'] },
  { name: 'access_tokens', key: ['id'] },
  { name: 'admin_access', key: ['user_id', 'chain'] },
  { name: 'admin_sessions', key: ['id'] },
  { name: 'server_secrets', key: ['name'] },
  { name: 'idempotency_keys', key: ['id'] },
  { name: 'imports', key: ['id'] },
  { name: 'import_batches', key: ['id'] },
  { name: 'services_tasks', key: ['id'] },
  { name: 'services_leases', key: ['task'] },
  { name: 'services_logs', key: ['id'] },
  { name: 'services_files', key: ['task'] },
  { name: 'hdp_tasks', key: ['id'] },
  { name: 'hdp_task_details', key: ['task'] },
  { name: 'hdp_transitions', key: ['id'] },
  { name: 'hdp_mmrs', key: ['task', 'position'] },
  { name: 'hdp_webhooks', key: ['id'] },
] as const;

/** The names of the tables that are copied. All other tables are derived data, or the state of the database itself. */
export const COPIED_TABLES: readonly string[] = COPIED.map(({ name }) => name);

/** Columns that refer to derived data, which each database numbers in its own way. */
const DERIVED_COLUMNS: readonly string[] = ['hdp_tasks.program_id'];

/** The kinds of column. A boolean is copied as 0 or 1, bytes as hexadecimal text. */
export type ColumnKind = 'integer' | 'text' | 'bytes' | 'boolean';

export interface CopiedColumn {
  name: string;
  kind: ColumnKind;
  /** True if the database computes the column, so that it is read and compared but not written. */
  isGenerated: boolean;
}

export interface CopiedTable {
  name: string;
  /** Sorted by name, so that the rows of both dialects have the same order. */
  columns: readonly CopiedColumn[];
  /** The columns of the primary key. */
  key: readonly string[];
}

/** The progress table in the target of an unfinished copy. A copy creates it, and drops it at its end. */
export const PROGRESS_TABLE = 'copy_progress';

/** The copied tables of a dialect. */
export interface TableDescriptions {
  readonly all: readonly CopiedTable[];
  /** @throws Error if the table is not copied */
  get(name: string): CopiedTable;
}

/** Describes the copied tables of a dialect. @param schema the module of the dialect's tables */
export function describeTables(schema: Readonly<Record<string, unknown>>): TableDescriptions {
  const tables = new Map<string, Table>();
  for (const value of Object.values(schema)) if (is(value, Table)) tables.set(getTableName(value), value);
  const all = COPIED.map(({ name, key }) => {
    const table = tables.get(name);
    if (!table) throw new Error(`The schema has no table ${name}.`);
    const columns = Object.values(getTableColumns(table))
      .filter((column) => !DERIVED_COLUMNS.includes(`${name}.${column.name}`))
      .sort((a, b) => (a.name < b.name ? -1 : 1))
      .map(describeColumn);
    return { name, columns, key };
  });
  const byName = new Map<string, CopiedTable>(all.map((table) => [table.name, table]));
  return {
    all,
    get(name) {
      const table = byName.get(name);
      if (!table) throw new Error(`The table ${name} is not copied.`);
      return table;
    },
  };
}

const KINDS: Readonly<Record<string, ColumnKind>> = {
  integer: 'integer',
  bigint: 'integer',
  text: 'text',
  blob: 'bytes',
  bytea: 'bytes',
  boolean: 'boolean',
};

function describeColumn(column: Column): CopiedColumn {
  // A collation is no part of a type.
  const type = column.getSQLType().split(' ')[0] ?? '';
  const kind = KINDS[type];
  if (!kind) throw new Error(`The type ${type} cannot be copied.`);
  return { name: column.name, kind, isGenerated: column.generated !== undefined };
}
