/**
 * The tables of both audiences, in the SQLite dialect. Names are neutral; each API's own words live in its
 * adapter. The two kinds of task share neither ids nor fields, so each has its own table (design rule 2).
 */
import { sql } from 'drizzle-orm';
import { blob, check, index, integer, primaryKey, sqliteTable, text } from 'drizzle-orm/sqlite-core';
import {
  ACCESS_LEVELS,
  HASHING_FUNCTIONS,
  HDP_STATUSES,
  IMPORT_APIS,
  KEY_ROLES,
  LOG_LEVELS,
  SCHEDULE_MODES,
  SERVICES_STATUSES,
} from '../model/statuses.ts';

const oneOf = (values: readonly string[]) => sql.raw(`(${values.map((value) => `'${value}'`).join(', ')})`);
/** An id is exact as a JSON number. */
const isTaskId = sql.raw(`id BETWEEN 1 AND ${Number.MAX_SAFE_INTEGER}`);
const isJsonObject = (column: string) => sql.raw(`json_valid(${column}) AND json_type(${column}) = 'object'`);

// An integer is one however JSON spells it (7, 7.0, 7e0); one beyond 64 bits comes as a real that no integer equals.
const integerAt = (path: string) =>
  `CASE WHEN json_type(target, '${path}') IN ('integer', 'real') AND CAST(target ->> '${path}' AS INTEGER) = (target ->> '${path}') THEN CAST(target ->> '${path}' AS INTEGER) END`;

export const servicesTasks = sqliteTable(
  'services_tasks',
  {
    id: integer().primaryKey(),
    chain: integer().notNull(),
    description: text().notNull(),
    status: text({ enum: SERVICES_STATUSES }).notNull(),
    /** Unix time in whole seconds, as are the two below. */
    lastRunAt: integer('last_run_at'),
    modifiedAt: integer('modified_at').notNull(),
    createdAt: integer('created_at').notNull(),
    /** JSON text of an object, kept as it came (unknown keys, key order, number spelling). */
    trigger: text().notNull(),
    target: text().notNull(),
    debug: text().notNull(),
    version: integer().notNull(),
    result: text(),
    /** Unix milliseconds of `trigger.once`; null where that is no time, which no READY task has. */
    dueAt: integer('due_at'),
    /** The `once` with which a series of repeated tasks began; null in its first task. */
    seriesStart: text('series_start'),
    action: text().generatedAlwaysAs(
      sql.raw(`CASE WHEN json_type(target, '$.action') = 'text' THEN target ->> '$.action' END`),
      { mode: 'stored' },
    ),
    /** `campaign_id`, or `campaign` where the former is absent or null (contract A3). */
    campaign: integer().generatedAlwaysAs(
      sql.raw(
        `CASE coalesce(json_type(target, '$.campaign_id'), 'null') WHEN 'null' THEN ${integerAt('$.campaign')} ELSE ${integerAt('$.campaign_id')} END`,
      ),
      { mode: 'stored' },
    ),
  },
  (table) => [
    index('services_tasks_chain').on(table.chain, table.id),
    index('services_tasks_chain_status').on(table.chain, table.status, table.id),
    index('services_tasks_chain_action').on(table.chain, table.action, table.id),
    index('services_tasks_due').on(table.action, table.dueAt, table.id).where(sql`status = 'READY'`),
    index('services_tasks_turns')
      .on(table.action, table.chain, table.dueAt, table.id)
      .where(sql`status = 'READY'`),
    index('services_tasks_chain_status_action').on(table.chain, table.status, table.action, table.id),
    index('services_tasks_chain_campaign').on(table.chain, table.campaign, table.id),
    check('services_tasks_id', isTaskId),
    check('services_tasks_status', sql`${table.status} IN ${oneOf(SERVICES_STATUSES)}`),
    check('services_tasks_trigger', isJsonObject('"trigger"')),
    check('services_tasks_target', isJsonObject('target')),
  ],
);

export const hdpTasks = sqliteTable(
  'hdp_tasks',
  {
    /** Ours alone; the API's identity is the uuid. */
    id: integer().primaryKey({ autoIncrement: true }),
    uuid: text().notNull().unique(),
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
    /** Unix time in microseconds, as is the one below. */
    createdAt: integer('created_at').notNull(),
    updatedAt: integer('updated_at').notNull(),
    /** The task's row in hdp_programs. */
    programId: integer('program_id'),
  },
  (table) => [
    index('hdp_tasks_order').on(table.createdAt, table.uuid, table.programId),
    index('hdp_tasks_program').on(table.programId, table.createdAt, table.uuid),
    check('hdp_tasks_id', isTaskId),
    check('hdp_tasks_status', sql`${table.status} IN ${oneOf(HDP_STATUSES)}`),
    check('hdp_tasks_schedule_mode', sql`${table.scheduleMode} IN ${oneOf(SCHEDULE_MODES)}`),
    check(
      'hdp_tasks_data_source_chains',
      sql.raw(
        `data_source_chains IS NULL OR (json_valid(data_source_chains) AND json_type(data_source_chains) = 'array')`,
      ),
    ),
  ],
);

/**
 * The distinct programs of HDP tasks, and how many tasks each has: a search looks through these few instead of all
 * tasks. A program stays when its last task goes.
 */
export const hdpPrograms = sqliteTable('hdp_programs', {
  id: integer().primaryKey({ autoIncrement: true }),
  /** JSON array of the hash and the name, which makes nulls comparable. */
  identity: text().notNull().unique(),
  hash: text(),
  name: text(),
  tasks: integer().notNull(),
  /** Random: a row with the token that was seen before is that row, even after a restore. */
  token: integer().notNull().default(0),
});

/**
 * The counts of one stretch of the list of all HDP tasks, encoded (see `model/search-block.ts`). A task belongs to the
 * last block that begins at or before it, or to the first block. Exact together with `pending_search_changes`.
 */
export const hdpSearchBlocks = sqliteTable(
  'hdp_search_blocks',
  {
    firstPosition: integer('first_position').notNull(),
    firstTie: text('first_tie').notNull(),
    /** Random, and replaced at every change. */
    version: integer().notNull(),
    counts: blob({ mode: 'buffer' }).notNull(),
  },
  (table) => [primaryKey({ columns: [table.firstPosition, table.firstTie] })],
);

/** Tasks that were added to the list or to a program (`change` 1), or removed (-1), and not yet counted in a block. */
export const pendingSearchChanges = sqliteTable('pending_search_changes', {
  id: integer().primaryKey(),
  createdAt: integer('created_at').notNull(),
  uuid: text().notNull(),
  programId: integer('program_id'),
  change: integer().notNull(),
});

/** Who runs a Services task, and until when nobody else may take it. Unix milliseconds. */
export const servicesLeases = sqliteTable(
  'services_leases',
  {
    task: integer()
      .primaryKey()
      .references(() => servicesTasks.id, { onDelete: 'cascade' }),
    owner: text().notNull(),
    /** 0 when the run has released the task. */
    until: integer().notNull(),
    /** How many runs have begun the task without ending it. */
    attempts: integer().notNull().default(1),
    /** When a runner first found the lease expired; null since the last renewal. */
    suspectedAt: integer('suspected_at'),
    /** JSON text of a RecordedEnd: how the action ended, when the task's own row could not be written. */
    recordedEnd: text('recorded_end'),
  },
  (table) => [
    index('services_leases_until').on(table.until),
    check('services_leases_recorded_end', sql.raw('recorded_end IS NULL OR json_valid(recorded_end)')),
  ],
);

/** What a Services task's runs said (contract A4), oldest first by `id`. */
export const servicesLogs = sqliteTable(
  'services_logs',
  {
    id: integer().primaryKey(),
    task: integer()
      .notNull()
      .references(() => servicesTasks.id, { onDelete: 'cascade' }),
    /** Unix time in whole seconds. */
    time: integer().notNull(),
    level: text({ enum: LOG_LEVELS }).notNull(),
    message: text().notNull(),
  },
  (table) => [
    index('services_logs_task').on(table.task, table.id),
    check('services_logs_level', sql`${table.level} IN ${oneOf(LOG_LEVELS)}`),
  ],
);

/** The finished file of a task's last run, under the folder of exports. */
export const servicesFiles = sqliteTable('services_files', {
  task: integer()
    .primaryKey()
    .references(() => servicesTasks.id, { onDelete: 'cascade' }),
  path: text().notNull(),
});

/** Secrets that the server makes for itself, such as the one that signs downloads. */
export const serverSecrets = sqliteTable('server_secrets', {
  name: text().primaryKey(),
  key: blob({ mode: 'buffer' }).notNull(),
});

/** Credentials of the HDP API (contract B1). Times: Unix milliseconds. */
export const apiKeys = sqliteTable(
  'api_keys',
  {
    id: text().primaryKey(),
    keyHash: blob('key_hash', { mode: 'buffer' }).notNull().unique(),
    role: text({ enum: KEY_ROLES }).notNull(),
    label: text().notNull(),
    createdAt: integer('created_at').notNull(),
    revokedAt: integer('revoked_at'),
  },
  (table) => [
    check('api_keys_key_hash', sql`length(${table.keyHash}) = 32`),
    check('api_keys_role', sql`${table.role} IN ${oneOf(KEY_ROLES)}`),
  ],
);

/** What an HDP task has beside what its list shows (contract B3); an imported task gets a row with its first report. */
export const hdpTaskDetails = sqliteTable(
  'hdp_task_details',
  {
    task: integer()
      .primaryKey()
      .references(() => hdpTasks.id, { onDelete: 'cascade' }),
    /** JSON text of the object that the client sent as `input`. */
    input: text().notNull(),
    /** JSON text of an object, and of an array of strings. */
    taskInputs: text('task_inputs'),
    outputPreimage: text('output_preimage'),
    errorMessage: text('error_message'),
    transactionHash: text('transaction_hash'),
    isMock: integer('is_mock', { mode: 'boolean' }).notNull(),
    webhookUrl: text('webhook_url'),
    /** The key that made the task: its hash signs the webhook. */
    keyId: text('key_id').references(() => apiKeys.id),
  },
  () => [
    check('hdp_task_details_input', isJsonObject('input')),
    check(
      'hdp_task_details_task_inputs',
      sql.raw(`task_inputs IS NULL OR (json_valid(task_inputs) AND json_type(task_inputs) = 'object')`),
    ),
    check(
      'hdp_task_details_output_preimage',
      sql.raw(
        `output_preimage IS NULL OR (json_valid(output_preimage) AND json_type(output_preimage) = 'array')`,
      ),
    ),
  ],
);

/** Every change of an HDP task's status (contract B3), oldest first by `id`, a ULID that only goes up within a task. */
export const hdpTransitions = sqliteTable(
  'hdp_transitions',
  {
    id: text().primaryKey(),
    task: integer()
      .notNull()
      .references(() => hdpTasks.id, { onDelete: 'cascade' }),
    fromStatus: text('from_status', { enum: HDP_STATUSES }),
    toStatus: text('to_status', { enum: HDP_STATUSES }).notNull(),
    /** Unix microseconds. */
    createdAt: integer('created_at').notNull(),
    /** The processor's report as canonical JSON, by which a repeated one is known; null where nobody reported. */
    report: text(),
  },
  (table) => [index('hdp_transitions_task').on(table.task, table.id)],
);

/** The Merkle mountain ranges that a task's proofs rest on (contract B3), in the order of the report. */
export const hdpMmrs = sqliteTable(
  'hdp_mmrs',
  {
    task: integer()
      .notNull()
      .references(() => hdpTasks.id, { onDelete: 'cascade' }),
    position: integer().notNull(),
    id: text().notNull(),
    root: text().notNull(),
    size: integer().notNull(),
    chainId: text('chain_id').notNull(),
    hashingFunction: text('hashing_function', { enum: HASHING_FUNCTIONS }).notNull(),
  },
  (table) => [
    primaryKey({ columns: [table.task, table.position] }),
    check('hdp_mmrs_hashing_function', sql`${table.hashingFunction} IN ${oneOf(HASHING_FUNCTIONS)}`),
  ],
);

/** Webhooks that are to be sent, or were (contract B3): written in the transaction that ends the task. Unix milliseconds. */
export const hdpWebhooks = sqliteTable(
  'hdp_webhooks',
  {
    /** A ULID; receivers know a repeated delivery by it. */
    id: text().primaryKey(),
    task: integer()
      .notNull()
      .references(() => hdpTasks.id, { onDelete: 'cascade' }),
    url: text().notNull(),
    body: text().notNull(),
    keyId: text('key_id').references(() => apiKeys.id),
    /** When its task ended, or when it was last resent: attempts are made for a day from then. */
    createdAt: integer('created_at').notNull(),
    attempts: integer().notNull(),
    /** When it is tried next, or, while somebody tries, when somebody else may; null once it is over. */
    dueAt: integer('due_at'),
    deliveredAt: integer('delivered_at'),
    lastError: text('last_error'),
  },
  (table) => [
    index('hdp_webhooks_due').on(table.dueAt).where(sql`due_at IS NOT NULL`),
    index('hdp_webhooks_task').on(table.task, table.id),
    check('hdp_webhooks_due_or_delivered', sql`due_at IS NULL OR delivered_at IS NULL`),
  ],
);

/** The blocks of every ordered list (db/model/blocks.ts): what makes totals and deep pages cheap. */
export const listBlocks = sqliteTable(
  'list_blocks',
  {
    /** JSON array that names the list: `["hdp"]`, `["services",1764,"DONE",null,null]`. */
    list: text().notNull(),
    /** Where the block begins: the order's integer, then its text ('' where ids alone order). */
    firstPosition: integer('first_position').notNull(),
    firstTie: text('first_tie').notNull(),
    /** No row of the block lies beyond this. */
    lastPosition: integer('last_position').notNull(),
    lastTie: text('last_tie').notNull(),
    size: integer().notNull(),
  },
  (table) => [primaryKey({ columns: [table.list, table.firstPosition, table.firstTie] })],
);

/**
 * The state of derived data: `lists`, `programs` and `search_blocks` are 1 once built, `uuids` is the highest task id in the
 * trigram index, and `search_version` is a random number that is replaced whenever a search block changes.
 */
export const derivedState = sqliteTable('derived_state', {
  part: text().primaryKey(),
  value: integer().notNull(),
});

/** The highest id that was given or brought, so that none is given twice (services-task-ids.ts). */
export const idSequences = sqliteTable('id_sequences', {
  name: text().primaryKey(),
  last: integer().notNull(),
});

/** Scope versions (db/model/scopes.ts): a random number below 2^50 for each scope. */
export const scopeVersions = sqliteTable('scope_versions', {
  scope: text().primaryKey(),
  version: integer().notNull(),
});

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
 * Imports that are not finished. Their tasks are in the tables already; whoever finds an import whose lease has expired
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

/** Privileged credentials of the Services API (contract A1). Times here and below: Unix milliseconds. */
export const accessTokens = sqliteTable(
  'access_tokens',
  {
    id: text().primaryKey(),
    secretHash: blob('secret_hash', { mode: 'buffer' }).notNull(),
    chain: integer().notNull(),
    label: text().notNull(),
    createdAt: integer('created_at').notNull(),
    expiresAt: integer('expires_at'),
    revokedAt: integer('revoked_at'),
  },
  (table) => [check('access_tokens_secret_hash', sql`length(${table.secretHash}) = 32`)],
);

export const adminAccess = sqliteTable(
  'admin_access',
  {
    userId: integer('user_id').notNull(),
    chain: integer().notNull(),
    level: text({ enum: ACCESS_LEVELS }).notNull(),
  },
  (table) => [
    primaryKey({ columns: [table.userId, table.chain] }),
    check('admin_access_level', sql`${table.level} IN ${oneOf(ACCESS_LEVELS)}`),
  ],
);

export const adminSessions = sqliteTable(
  'admin_sessions',
  {
    id: text().primaryKey(),
    userId: integer('user_id').notNull(),
    keyHash: blob('key_hash', { mode: 'buffer' }).notNull().unique(),
    createdAt: integer('created_at').notNull(),
    expiresAt: integer('expires_at'),
    revokedAt: integer('revoked_at'),
  },
  (table) => [check('admin_sessions_key_hash', sql`length(${table.keyHash}) = 32`)],
);

export type ServicesTaskRow = typeof servicesTasks.$inferSelect;
export type NewServicesTask = typeof servicesTasks.$inferInsert & { id: number };
export type HdpTaskRow = typeof hdpTasks.$inferSelect;
export type NewHdpTask = Omit<typeof hdpTasks.$inferInsert, 'id' | 'programId'>;
export type AccessToken = typeof accessTokens.$inferSelect;
export type AdminAccess = typeof adminAccess.$inferSelect;
export type AdminSession = typeof adminSessions.$inferSelect;
export type ServicesLogEntry = typeof servicesLogs.$inferSelect;
export type ApiKey = typeof apiKeys.$inferSelect;
export type HdpTaskDetails = typeof hdpTaskDetails.$inferSelect;
export type HdpTransition = typeof hdpTransitions.$inferSelect;
export type HdpMmr = typeof hdpMmrs.$inferSelect;
export type HdpWebhook = typeof hdpWebhooks.$inferSelect;
