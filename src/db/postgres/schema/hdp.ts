/** The tables of HDP tasks (contract B). */
import { sql } from 'drizzle-orm';
import { boolean, check, index, pgTable, primaryKey, text } from 'drizzle-orm/pg-core';
import { HASHING_FUNCTIONS, HDP_STATUSES, SCHEDULE_MODES } from '../../model/statuses.ts';
import { isJson, isTaskId, oneOf } from './checks.ts';
import { codeUnits, int8 } from './column-types.ts';
import { apiKeys } from './credentials.ts';

/** The part of a uuid that the trigram index covers: `indexedPart` of model/uuid-terms.ts in SQL, in lower case. */
export const INDEXED_PART =
  "lower(CASE WHEN uuid ~ '^[0-9A-HJKMNP-TV-Z]{26}$' THEN substr(uuid, 4) ELSE uuid END)";

export const hdpTasks = pgTable(
  'hdp_tasks',
  {
    /** Internal; the API identifies a task by its uuid. */
    id: int8().primaryKey().generatedByDefaultAsIdentity(),
    uuid: codeUnits().notNull().unique(),
    status: text({ enum: HDP_STATUSES }).notNull(),
    destinationChainId: text('destination_chain_id').notNull(),
    contractClassHash: text('contract_class_hash').notNull(),
    scheduleMode: text('schedule_mode', { enum: SCHEDULE_MODES }),
    scheduleTxHash: text('schedule_tx_hash'),
    /** JSON text of an array of strings. */
    dataSourceChains: text('data_source_chains'),
    dataDestinationChain: text('data_destination_chain'),
    hdpCoreProgramHash: text('hdp_core_program_hash'),
    taskHash: text('task_hash'),
    programHash: text('program_hash'),
    programName: text('program_name'),
    outputTreeRoot: text('output_tree_root'),
    /** `createdAt` and `updatedAt` are Unix microseconds. */
    createdAt: int8('created_at').notNull(),
    updatedAt: int8('updated_at').notNull(),
    /** The id in `hdp_programs`. */
    programId: int8('program_id'),
  },
  (table) => [
    index('hdp_tasks_order').on(table.createdAt, table.uuid, table.programId),
    index('hdp_tasks_uuid_tail').using('gin', sql`${sql.raw(INDEXED_PART)} gin_trgm_ops`),
    index('hdp_tasks_program').on(table.programId, table.createdAt, table.uuid),
    check('hdp_tasks_id', isTaskId),
    check('hdp_tasks_status', sql`${table.status} IN ${oneOf(HDP_STATUSES)}`),
    check('hdp_tasks_schedule_mode', sql`${table.scheduleMode} IN ${oneOf(SCHEDULE_MODES)}`),
    check('hdp_tasks_data_source_chains', isJson('data_source_chains', 'array')),
  ],
);

/** Values of an HDP task that are not in the list (contract B3). An imported task gets a row with its first report. */
export const hdpTaskDetails = pgTable(
  'hdp_task_details',
  {
    task: int8()
      .primaryKey()
      .references(() => hdpTasks.id, { onDelete: 'cascade' }),
    /** JSON text of the object that the client sent as `input`. */
    input: text().notNull(),
    /** JSON text of an object. */
    taskInputs: text('task_inputs'),
    /** JSON text of an array of strings. */
    outputPreimage: text('output_preimage'),
    errorMessage: text('error_message'),
    transactionHash: text('transaction_hash'),
    isMock: boolean('is_mock').notNull(),
    webhookUrl: text('webhook_url'),
    /** The key that created the task. Its hash signs the webhook. */
    keyId: text('key_id').references(() => apiKeys.id),
  },
  () => [
    check('hdp_task_details_input', isJson('input', 'object')),
    check('hdp_task_details_task_inputs', isJson('task_inputs', 'object')),
    check('hdp_task_details_output_preimage', isJson('output_preimage', 'array')),
  ],
);

/** The changes of the status of HDP tasks (contract B3). `id` is a ULID that increases within a task. */
export const hdpTransitions = pgTable(
  'hdp_transitions',
  {
    id: codeUnits().primaryKey(),
    task: int8()
      .notNull()
      .references(() => hdpTasks.id, { onDelete: 'cascade' }),
    fromStatus: text('from_status', { enum: HDP_STATUSES }),
    toStatus: text('to_status', { enum: HDP_STATUSES }).notNull(),
    /** Unix microseconds. */
    createdAt: int8('created_at').notNull(),
    /** The processor's report as canonical JSON, to recognize a repeated report; null without a report. */
    report: text(),
  },
  (table) => [index('hdp_transitions_task').on(table.task, table.id)],
);

/** The Merkle mountain ranges of the proofs of a task (contract B3), in the order of the report. */
export const hdpMmrs = pgTable(
  'hdp_mmrs',
  {
    task: int8()
      .notNull()
      .references(() => hdpTasks.id, { onDelete: 'cascade' }),
    position: int8().notNull(),
    id: text().notNull(),
    root: text().notNull(),
    size: int8().notNull(),
    chainId: text('chain_id').notNull(),
    hashingFunction: text('hashing_function', { enum: HASHING_FUNCTIONS }).notNull(),
  },
  (table) => [
    primaryKey({ columns: [table.task, table.position] }),
    check('hdp_mmrs_hashing_function', sql`${table.hashingFunction} IN ${oneOf(HASHING_FUNCTIONS)}`),
  ],
);

/** The outbox of webhooks (contract B3), written in the transaction that ends the task. Times are Unix milliseconds. */
export const hdpWebhooks = pgTable(
  'hdp_webhooks',
  {
    /** A ULID, by which receivers recognize a repeated delivery. */
    id: codeUnits().primaryKey(),
    task: int8()
      .notNull()
      .references(() => hdpTasks.id, { onDelete: 'cascade' }),
    url: text().notNull(),
    body: text().notNull(),
    keyId: text('key_id').references(() => apiKeys.id),
    /** When the task ended, or when the webhook was last resent. Attempts are made for a day after this time. */
    createdAt: int8('created_at').notNull(),
    attempts: int8().notNull(),
    /** When the next attempt is due or, during an attempt, when another process may claim it; null after the last attempt. */
    dueAt: int8('due_at'),
    deliveredAt: int8('delivered_at'),
    lastError: text('last_error'),
  },
  (table) => [
    index('hdp_webhooks_due').on(table.dueAt).where(sql`due_at IS NOT NULL`),
    index('hdp_webhooks_task').on(table.task, table.id),
    check('hdp_webhooks_due_or_delivered', sql`due_at IS NULL OR delivered_at IS NULL`),
  ],
);
