/** The tables of work that must happen once: POSTs with a key, and imports. */
import { sql } from 'drizzle-orm';
import { blob, check, index, integer, sqliteTable, text } from 'drizzle-orm/sqlite-core';
import { IMPORT_APIS } from '../../model/statuses.ts';
import { oneOf } from './checks.ts';

/** First responses to POSTs with an `Idempotency-Key`, for 24 hours (contract C). Unix milliseconds. */
export const idempotencyKeys = sqliteTable(
  'idempotency_keys',
  {
    /** SHA-256 of the credential and the key that it sent. */
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
 * Imports that are not finished. Their tasks are in the tables already; any process that finds an import whose lease has expired
 * removes them. Unix milliseconds.
 */
export const imports = sqliteTable(
  'imports',
  {
    id: integer().primaryKey({ autoIncrement: true }),
    api: text({ enum: IMPORT_APIS }).notNull(),
    startedAt: integer('started_at').notNull(),
    /** The end of the lease, which every batch renews; 0 while the tasks are being removed. */
    until: integer().notNull(),
  },
  (table) => [check('imports_api', sql`${table.api} IN ${oneOf(IMPORT_APIS)}`)],
);

/** The tasks that the batches of unfinished imports inserted. */
export const importBatches = sqliteTable(
  'import_batches',
  {
    id: integer().primaryKey(),
    import: integer()
      .notNull()
      .references(() => imports.id, { onDelete: 'cascade' }),
    /** JSON: an array of `[first, last]`, ranges of ids. */
    ranges: text().notNull(),
  },
  (table) => [index('import_batches_import').on(table.import, table.id)],
);
