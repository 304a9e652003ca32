/** The tables of Services tasks (contract A). */
import { sql } from 'drizzle-orm';
import { check, index, pgSequence, pgTable, text } from 'drizzle-orm/pg-core';
import { LOG_LEVELS, SERVICES_STATUSES } from '../../model/statuses.ts';
import { isJson, isTaskId, oneOf } from './checks.ts';
import { codeUnits, int8 } from './column-types.ts';

export const servicesTasks = pgTable(
  'services_tasks',
  {
    id: int8().primaryKey(),
    chain: int8().notNull(),
    description: text().notNull(),
    status: text({ enum: SERVICES_STATUSES }).notNull(),
    /** `lastRunAt`, `modifiedAt` and `createdAt` are Unix seconds. */
    lastRunAt: int8('last_run_at'),
    modifiedAt: int8('modified_at').notNull(),
    createdAt: int8('created_at').notNull(),
    /** `trigger` and `target` are JSON texts of objects, stored as received (unknown keys, order of keys, format of numbers). */
    trigger: text().notNull(),
    target: text().notNull(),
    debug: text().notNull(),
    version: int8().notNull(),
    result: text(),
    /** Unix milliseconds of `trigger.once`; null if that is not a time. READY tasks always have a time. */
    dueAt: int8('due_at'),
    /** The `trigger.once` of the first task of the series; null in that task. */
    seriesStart: text('series_start'),
    action: codeUnits(),
    /** `campaign_id`, or `campaign` if `campaign_id` is absent or null (contract A3). */
    campaign: int8(),
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
    check('services_tasks_trigger', isJson('"trigger"', 'object')),
    check('services_tasks_target', isJson('target', 'object')),
  ],
);

/** The leases of Services tasks. Times are Unix milliseconds. */
export const servicesLeases = pgTable(
  'services_leases',
  {
    task: int8()
      .primaryKey()
      .references(() => servicesTasks.id, { onDelete: 'cascade' }),
    owner: text().notNull(),
    /** The end of the lease; 0 after the run has released the task. */
    until: int8().notNull(),
    /** The number of runs that have begun the task without ending it. */
    attempts: int8().notNull().default(1),
    /** When a runner first found that the lease has expired; a renewal sets it to null. */
    suspectedAt: int8('suspected_at'),
    /** JSON text of a RecordedEnd: how the action ended, while the row of the task cannot be written. */
    recordedEnd: text('recorded_end'),
  },
  (table) => [
    index('services_leases_until').on(table.until),
    check('services_leases_recorded_end', isJson('recorded_end', 'object')),
  ],
);

/** The log entries of Services tasks (contract A4). `id` increases with time. */
export const servicesLogs = pgTable(
  'services_logs',
  {
    id: int8().primaryKey().generatedByDefaultAsIdentity(),
    task: int8()
      .notNull()
      .references(() => servicesTasks.id, { onDelete: 'cascade' }),
    /** Unix time in whole seconds. */
    time: int8().notNull(),
    level: text({ enum: LOG_LEVELS }).notNull(),
    message: text().notNull(),
  },
  (table) => [
    index('services_logs_task').on(table.task, table.id),
    check('services_logs_level', sql`${table.level} IN ${oneOf(LOG_LEVELS)}`),
  ],
);

/** The file of a task's last run, relative to the export folder. */
export const servicesFiles = pgTable('services_files', {
  task: int8()
    .primaryKey()
    .references(() => servicesTasks.id, { onDelete: 'cascade' }),
  path: text().notNull(),
});

/** The ids of new tasks (services-task-ids.ts). */
export const servicesTaskIds = pgSequence('services_task_ids', { maxValue: Number.MAX_SAFE_INTEGER });
