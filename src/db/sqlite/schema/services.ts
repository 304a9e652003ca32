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
    /** `lastRunAt`, `modifiedAt` and `createdAt` are Unix seconds. */
    lastRunAt: integer('last_run_at'),
    modifiedAt: integer('modified_at').notNull(),
    createdAt: integer('created_at').notNull(),
    /** `trigger` and `target` are JSON texts of objects, stored as received (unknown keys, order of keys, format of numbers). */
    trigger: text().notNull(),
    target: text().notNull(),
    debug: text().notNull(),
    version: integer().notNull(),
    result: text(),
    /** Unix milliseconds of `trigger.once`; null if that is not a time. READY tasks always have a time. */
    dueAt: integer('due_at'),
    /** The `trigger.once` of the first task of the series; null in that task. */
    seriesStart: text('series_start'),
    action: text().generatedAlwaysAs(
      sql.raw(`CASE WHEN json_type(target, '$.action') = 'text' THEN target ->> '$.action' END`),
      { mode: 'stored' },
    ),
    /** `campaign_id`, or `campaign` if `campaign_id` is absent or null (contract A3). */
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

/** The leases of Services tasks. Times are Unix milliseconds. */
export const servicesLeases = sqliteTable(
  'services_leases',
  {
    task: integer()
      .primaryKey()
      .references(() => servicesTasks.id, { onDelete: 'cascade' }),
    owner: text().notNull(),
    /** The end of the lease; 0 after the run has released the task. */
    until: integer().notNull(),
    /** The number of runs that have begun the task without ending it. */
    attempts: integer().notNull().default(1),
    /** When a runner first found that the lease has expired; a renewal sets it to null. */
    suspectedAt: integer('suspected_at'),
    /** JSON text of a RecordedEnd: how the action ended, while the row of the task cannot be written. */
    recordedEnd: text('recorded_end'),
  },
  (table) => [
    index('services_leases_until').on(table.until),
    check('services_leases_recorded_end', sql.raw('recorded_end IS NULL OR json_valid(recorded_end)')),
  ],
);

/** The log entries of Services tasks (contract A4). `id` increases with time. */
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

/** The file of a task's last run, relative to the export folder. */
export const servicesFiles = sqliteTable('services_files', {
  task: integer()
    .primaryKey()
    .references(() => servicesTasks.id, { onDelete: 'cascade' }),
  path: text().notNull(),
});

/** The highest id that was used, so that no id is used twice (services-task-ids.ts). */
export const idSequences = sqliteTable('id_sequences', {
  name: text().primaryKey(),
  last: integer().notNull(),
});
