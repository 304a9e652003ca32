/** The tables of idempotent requests and of unfinished imports. */
import { sql } from 'drizzle-orm';
import { blob, check, index, integer, sqliteTable, text } from 'drizzle-orm/sqlite-core';
import { IMPORT_APIS } from '../../model/statuses.ts';
import { oneOf } from './checks.ts';

/** The first responses to POSTs with an `Idempotency-Key`, for 24 hours (contract C). Times are Unix milliseconds. */
export const idempotencyKeys = sqliteTable(
  'idempotency_keys',
  {
    /** SHA-256 of the credential and the idempotency key. */
    id: blob({ mode: 'buffer' }).primaryKey(),
    /** SHA-256 of the body. */
    bodyHash: blob('body_hash', { mode: 'buffer' }).notNull(),
    status: integer().notNull(),
    /** JSON text of an object. */
    headers: text().notNull(),
    body: text().notNull(),
    expiresAt: integer('expires_at').notNull(),
  },
  (table) => [index('idempotency_keys_expires').on(table.expiresAt)],
);

/**
 * Unfinished imports. Their tasks are in the tables already. If the lease of an import has expired, any process may remove
 * its tasks. Times are Unix milliseconds.
 */
export const imports = sqliteTable(
  'imports',
  {
    id: integer().primaryKey({ autoIncrement: true }),
    api: text({ enum: IMPORT_APIS }).notNull(),
    startedAt: integer('started_at').notNull(),
    /** The end of the lease, which every batch renews; 0 while the import is being undone. */
    until: integer().notNull(),
  },
  (table) => [check('imports_api', sql`${table.api} IN ${oneOf(IMPORT_APIS)}`)],
);

/** The ids of the tasks that the batches of unfinished imports have inserted. */
export const importBatches = sqliteTable(
  'import_batches',
  {
    id: integer().primaryKey(),
    import: integer()
      .notNull()
      .references(() => imports.id, { onDelete: 'cascade' }),
    /** JSON text of an array of ranges of ids, each `[first, last]`. */
    ranges: text().notNull(),
  },
  (table) => [index('import_batches_import').on(table.import, table.id)],
);
