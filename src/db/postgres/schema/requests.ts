/** The tables of idempotent requests and of unfinished imports. */
import { sql } from 'drizzle-orm';
import { check, index, pgTable, text } from 'drizzle-orm/pg-core';
import { IMPORT_APIS } from '../../model/statuses.ts';
import { oneOf } from './checks.ts';
import { bytea, int8 } from './column-types.ts';

/** The first responses to POSTs with an `Idempotency-Key`, for 24 hours (contract C). Times are Unix milliseconds. */
export const idempotencyKeys = pgTable(
  'idempotency_keys',
  {
    /** SHA-256 of the credential and the idempotency key. */
    id: bytea().primaryKey(),
    /** SHA-256 of the body. */
    bodyHash: bytea('body_hash').notNull(),
    status: int8().notNull(),
    /** JSON text of an object. */
    headers: text().notNull(),
    body: text().notNull(),
    expiresAt: int8('expires_at').notNull(),
  },
  (table) => [index('idempotency_keys_expires').on(table.expiresAt)],
);

/**
 * Unfinished imports. Their tasks are in the tables already. If the lease of an import has expired, any process may remove
 * its tasks. Times are Unix milliseconds.
 */
export const imports = pgTable(
  'imports',
  {
    id: int8().primaryKey().generatedByDefaultAsIdentity(),
    api: text({ enum: IMPORT_APIS }).notNull(),
    startedAt: int8('started_at').notNull(),
    /** The end of the lease, which every batch renews; 0 while the import is being undone. */
    until: int8().notNull(),
  },
  (table) => [check('imports_api', sql`${table.api} IN ${oneOf(IMPORT_APIS)}`)],
);

/** The ids of the tasks that the batches of unfinished imports have inserted. */
export const importBatches = pgTable(
  'import_batches',
  {
    id: int8().primaryKey().generatedByDefaultAsIdentity(),
    import: int8()
      .notNull()
      .references(() => imports.id, { onDelete: 'cascade' }),
    /** JSON text of an array of ranges of ids, each `[first, last]`. */
    ranges: text().notNull(),
  },
  (table) => [index('import_batches_import').on(table.import, table.id)],
);
