/** The tables of derived data, from which lists, totals and searches are read. */
import { sql } from 'drizzle-orm';
import { index, pgTable, primaryKey, smallint, text, uniqueIndex } from 'drizzle-orm/pg-core';
import { SERVICES_STATUSES } from '../../model/statuses.ts';
import { bytea, codeUnits, int8 } from './column-types.ts';

/**
 * The blocks of all lists, which make totals and deep pages cheap. A block ends where the next one begins; the first block
 * of a list begins before all tasks. The sizes are exact together with the pending changes.
 */
export const listBlocks = pgTable(
  'list_blocks',
  {
    /** JSON array that names the list: `["hdp"]`, `["services",1764,"DONE",null,null]`. */
    list: codeUnits().notNull(),
    /** The first key (db/model/sort-key.ts). */
    firstPosition: int8('first_position').notNull(),
    firstTie: codeUnits('first_tie').notNull(),
    size: int8().notNull(),
  },
  (table) => [primaryKey({ columns: [table.list, table.firstPosition, table.firstTie] })],
);

/**
 * Changes of Services tasks that no block counts yet: a task enters its lists (`change` 1), leaves them (-1), or changes
 * otherwise (0).
 */
export const pendingServicesChanges = pgTable(
  'pending_services_changes',
  {
    id: int8().primaryKey().generatedByDefaultAsIdentity(),
    chain: int8().notNull(),
    status: text({ enum: SERVICES_STATUSES }).notNull(),
    action: codeUnits(),
    campaign: int8(),
    task: int8().notNull(),
    change: smallint().notNull(),
  },
  (table) => [index('pending_services_changes_chain').on(table.chain)],
);

/** Changes of HDP tasks that no block counts yet, as above. */
export const pendingSearchChanges = pgTable('pending_search_changes', {
  id: int8().primaryKey().generatedByDefaultAsIdentity(),
  createdAt: int8('created_at').notNull(),
  uuid: codeUnits().notNull(),
  programId: int8('program_id'),
  change: smallint().notNull(),
});

/**
 * The SHA-256 of a program's identity. An index of the identity itself would limit its length. This is `convert_to(identity,
 * 'UTF8')` with functions that an index may use.
 */
export const IDENTITY_DIGEST = String.raw`sha256(decode(replace(identity, '\', '\\'), 'escape'))`;

/**
 * The distinct programs of HDP tasks, with the number of tasks of each, exact together with the pending changes. A search
 * compares these few texts instead of all tasks. A program stays after its last task was removed.
 */
export const hdpPrograms = pgTable(
  'hdp_programs',
  {
    id: int8().primaryKey().generatedByDefaultAsIdentity(),
    /** JSON array of the hash and the name. Unlike the columns, it compares nulls as equal. */
    identity: codeUnits().notNull(),
    hash: text(),
    name: text(),
    /** The folded hash and name (db/model/fold-case.ts). */
    foldedHash: text('folded_hash').notNull(),
    foldedName: text('folded_name').notNull(),
    tasks: int8().notNull(),
  },
  () => [uniqueIndex('hdp_programs_identity_digest').on(sql.raw(IDENTITY_DIGEST))],
);

/**
 * Search blocks (db/model/search-block.ts). A block ends where the next one begins; the first block begins before all tasks.
 * The counts are exact together with the pending changes.
 */
export const hdpSearchBlocks = pgTable(
  'hdp_search_blocks',
  {
    /** The first key. */
    firstPosition: int8('first_position').notNull(),
    firstTie: codeUnits('first_tie').notNull(),
    /** Random; changes with the counts. */
    version: int8().notNull(),
    counts: bytea().notNull(),
  },
  (table) => [primaryKey({ columns: [table.firstPosition, table.firstTie] })],
);

/** The counters of the figures of HDP tasks (db/model/figures.ts), exact together with the pending ones. */
export const hdpFigures = pgTable(
  'hdp_figures',
  {
    figure: codeUnits().notNull(),
    position: int8().notNull(),
    value: codeUnits().notNull(),
    amount: int8().notNull(),
  },
  (table) => [primaryKey({ columns: [table.figure, table.position, table.value] })],
);

/** Changes of counters that `hdp_figures` does not have yet. */
export const pendingHdpFigures = pgTable('pending_hdp_figures', {
  id: int8().primaryKey().generatedByDefaultAsIdentity(),
  figure: codeUnits().notNull(),
  position: int8().notNull(),
  value: codeUnits().notNull(),
  amount: int8().notNull(),
});

/** Scope versions (db/model/scopes.ts): the number of changes of each scope, exact together with the pending changes. */
export const scopeVersions = pgTable('scope_versions', {
  scope: codeUnits().primaryKey(),
  version: int8().notNull(),
});
