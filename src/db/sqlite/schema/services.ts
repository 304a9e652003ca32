/** The tables of Services tasks (contract A). */
import { sql } from 'drizzle-orm';
import { check, index, integer, sqliteTable, text } from 'drizzle-orm/sqlite-core';
import { LOG_LEVELS, SERVICES_STATUSES } from '../../model/statuses.ts';
import { integerAt, isJsonObject, isTaskId, oneOf } from './checks.ts';

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

/** The highest id that was given or brought, so that none is given twice (services-task-ids.ts). */
export const idSequences = sqliteTable('id_sequences', {
  name: text().primaryKey(),
  last: integer().notNull(),
});
