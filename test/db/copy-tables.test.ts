/** The copied tables are all tables that are not derived, with their primary keys. */
import { getTableName, is, Table } from 'drizzle-orm';
import * as pgCore from 'drizzle-orm/pg-core';
import { describe, expect, it } from 'vitest';
import { COPIED_TABLES, describeTables } from '../../src/db/copy/tables.ts';
import * as postgres from '../../src/db/postgres/schema.ts';
import * as sqlite from '../../src/db/sqlite/schema.ts';

/** Derived data, which is rebuilt, and the ids, which are copied as sequences. */
const NOT_COPIED = [
  'derived_state',
  'hdp_figures',
  'hdp_programs',
  'hdp_search_blocks',
  'id_sequences',
  'list_blocks',
  'pending_hdp_figures',
  'pending_search_changes',
  'pending_services_changes',
  'scope_versions',
];

const namesIn = (schema: Readonly<Record<string, unknown>>) =>
  Object.values(schema)
    .filter((value) => is(value, Table))
    .map(getTableName);

const pgTables = Object.values<unknown>(postgres)
  .filter((value): value is pgCore.PgTable => is(value, pgCore.PgTable))
  .map((table) => pgCore.getTableConfig(table));

describe('the copied tables', () => {
  it('are all tables of both dialects that are not derived', () => {
    const all = new Set([...namesIn(sqlite), ...namesIn(postgres)]);
    expect([...COPIED_TABLES, ...NOT_COPIED].sort()).toEqual([...all].sort());
  });

  it('have the same columns in both dialects, and all but the id of the program', () => {
    const ofPostgres = describeTables(postgres);
    for (const { name, columns, key } of describeTables(sqlite).all) {
      const other = ofPostgres.get(name);
      expect(other.columns.map((column) => column.name)).toEqual(columns.map((column) => column.name));
      expect(other.key).toEqual(key);
      const config = pgTables.find((table) => table.name === name);
      const expected = config?.columns.map((column) => column.name) ?? [];
      expect(columns.map((column) => column.name)).toEqual(
        expected.filter((column) => column !== 'program_id').sort(),
      );
    }
  });

  it('are read in the order of their primary keys, each after the tables that it refers to', () => {
    for (const { name, columns, primaryKeys, foreignKeys } of pgTables) {
      if (!COPIED_TABLES.includes(name)) continue;
      const key = primaryKeys[0]?.columns ?? columns.filter(({ primary }) => primary);
      expect(describeTables(postgres).get(name).key, name).toEqual(key.map((column) => column.name));
      for (const foreignKey of foreignKeys) {
        const parent = getTableName(foreignKey.reference().foreignTable);
        expect(COPIED_TABLES.indexOf(parent), `${name} ${parent}`).toBeLessThan(COPIED_TABLES.indexOf(name));
      }
    }
  });
});
