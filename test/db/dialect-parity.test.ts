/** The schemas of both dialects describe the same tables. */
import { getTableName, is, type Table } from 'drizzle-orm';
import * as pgCore from 'drizzle-orm/pg-core';
import * as sqliteCore from 'drizzle-orm/sqlite-core';
import { describe, expect, it } from 'vitest';
import * as postgres from '../../src/db/postgres/schema.ts';
import * as sqlite from '../../src/db/sqlite/schema.ts';

/** Tables of derived data, which each dialect keeps in its own way, and the table of ids, which is a sequence. */
const OF_ONE_DIALECT = [
  'derived_state',
  'hdp_programs',
  'id_sequences',
  'list_blocks',
  'pending_hdp_figures',
  'pending_services_changes',
];

interface Description {
  columns: Record<string, string>;
  checks: string[];
  references: string[];
}

const isSqlite = (value: unknown): value is sqliteCore.SQLiteTable => is(value, sqliteCore.SQLiteTable);
const isPostgres = (value: unknown): value is pgCore.PgTable => is(value, pgCore.PgTable);

type Config = ReturnType<typeof sqliteCore.getTableConfig> | ReturnType<typeof pgCore.getTableConfig>;

function describeTable({ columns, checks, foreignKeys }: Config): Description {
  return {
    columns: Object.fromEntries(
      [...columns].map((column) => [
        column.name,
        `${column.notNull ? 'not null' : 'null'} ${column.enumValues?.join() ?? ''} ${column.isUnique}`,
      ]),
    ),
    checks: checks.map(({ name }) => name).sort(),
    references: [...foreignKeys].map((key) => {
      const { columns: from, foreignTable } = key.reference();
      return `${from[0]?.name} ${getTableName(foreignTable)} ${key.onDelete ?? 'no action'}`;
    }),
  };
}

function describeAll(tables: [Table, Config][]) {
  return Object.fromEntries(
    tables
      .map(([table, config]) => [getTableName(table), describeTable(config)] as const)
      .filter(([name]) => !OF_ONE_DIALECT.includes(name)),
  );
}

describe('the schemas of SQLite and PostgreSQL', () => {
  it('have the same tables, columns, nullability, values, checks and references', () => {
    const ofSqlite = Object.values(sqlite).filter(isSqlite);
    const ofPostgres = Object.values<unknown>(postgres).filter(isPostgres);
    const expected = describeAll(ofSqlite.map((table) => [table, sqliteCore.getTableConfig(table)]));
    expect(Object.keys(expected)).toHaveLength(21);
    expect(describeAll(ofPostgres.map((table) => [table, pgCore.getTableConfig(table)]))).toEqual(expected);
  });
});
