import { isEnded, isFailed, nextStatuses } from '../model/hdp-stages.ts';
import type { HdpStatus } from '../model/statuses.ts';
import { definedChanges } from '../model/task-changes.ts';
import type {
  DetailChanges,
  HdpReport,
  HdpTaskLifecycleQueries,
  NewHdpTaskRecord,
  ReportResult,
  TaskChanges,
  WriteContext,
} from '../queries/hdp-task-lifecycle.ts';
import type { HdpTaskRow, HdpTransition, HdpWebhook } from '../rows.ts';
import { type Clock, type ClockValues, NOW } from './clock.ts';
import type { Pool } from './connection.ts';
import { findDetails, insertDetails, listMmrs, replaceMmrs, updateDetails } from './hdp-task-details.ts';
import { findHdpTask, insertHdpTask, lockHdpTask, removeHdpTask, updateHdpTask } from './hdp-task-table.ts';
import {
  findLastTransition,
  insertFirstTransition,
  insertTransition,
  listTransitions,
} from './hdp-transitions.ts';
import { createOnce } from './idempotency.ts';
import { hdpWebhooks } from './schema.ts';
import { columnsOf, statement, writtenColumns } from './statements.ts';
import type { Transactions, WriteTransaction } from './transactions.ts';

interface StatusChange {
  toStatus: HdpStatus;
  /** The processor's report; null for a retry. */
  report: string | null;
  task: TaskChanges;
  details: DetailChanges;
}

const webhook = writtenColumns(hdpWebhooks, ['createdAt', 'dueAt', 'attempts']);

const lastWebhook = statement<{ task: number }, HdpWebhook>(
  'last-webhook',
  `SELECT ${columnsOf(hdpWebhooks)} FROM hdp_webhooks WHERE task = :task ORDER BY id DESC LIMIT 1`,
);

// The clock that decides if it is due sets its times.
const webhookInsertion = statement<ClockValues & Pick<HdpWebhook, 'id' | 'task' | 'url' | 'body' | 'keyId'>>(
  'insert-webhook',
  `INSERT INTO hdp_webhooks (${webhook.names}, created_at, due_at, attempts)
   VALUES (${webhook.values}, ${NOW}, ${NOW}, 0)`,
);

async function createTask(
  transaction: WriteTransaction,
  { task, details }: NewHdpTaskRecord,
  context: WriteContext,
): Promise<string> {
  const uuid = context.newUlid(context.now);
  const createdAt = context.now * 1000;
  const row = { ...task, uuid, status: 'Received' as const, createdAt, updatedAt: createdAt };
  const id = await insertHdpTask(transaction, row);
  if (id === undefined) throw new Error('The uuid of the new task is taken.');
  const transition = { task: id, fromStatus: null, toStatus: 'Received', report: null } as const;
  insertDetails(transaction, { ...details, task: id });
  insertFirstTransition(transaction, transition, context);
  return uuid;
}

async function changeStatus(
  transaction: WriteTransaction,
  before: HdpTaskRow,
  { toStatus, report, task, details }: StatusChange,
  context: WriteContext,
): Promise<HdpTransition> {
  const change = { task: before.id, fromStatus: before.status, toStatus, report };
  const transition = await insertTransition(transaction, change, context);
  const changes = { ...definedChanges(task), status: toStatus, updatedAt: transition.createdAt };
  await updateHdpTask(transaction, before, changes);
  updateDetails(transaction, before.id, details);
  return transition;
}

async function insertWebhook(
  transaction: WriteTransaction,
  task: number,
  body: string,
  { now, newUlid, clock }: WriteContext & ClockValues,
): Promise<void> {
  const { webhookUrl: url = null, keyId = null } = (await findDetails(transaction, task)) ?? {};
  if (url === null) return;
  await transaction.run(webhookInsertion, { id: newUlid(now), task, url, body, keyId, clock });
}

async function applyReport(
  transaction: WriteTransaction,
  uuid: string,
  { text, ...report }: HdpReport,
  context: WriteContext & ClockValues,
): Promise<ReportResult | undefined> {
  const task = await lockHdpTask(transaction, uuid);
  if (!task) return undefined;
  const { id, status } = task;
  if (!nextStatuses(status).includes(report.toStatus)) {
    const transition = await findLastTransition(transaction, id, report.toStatus);
    if (!transition) return { outcome: 'refused', status };
    const isSame = transition.report === text;
    return isSame ? { outcome: 'accepted', transition } : { outcome: 'contradicts', status };
  }
  const transition = await changeStatus(transaction, task, { ...report, report: text }, context);
  if (report.mmrs) replaceMmrs(transaction, id, report.mmrs);
  if (isEnded(report.toStatus)) {
    await insertWebhook(transaction, id, report.webhookBody(transition.createdAt), context);
  }
  return { outcome: 'accepted', transition };
}

export function createHdpTaskLifecycleQueries(
  pool: Pool,
  { read, write }: Transactions,
  clock: Clock,
): HdpTaskLifecycleQueries {
  return {
    create: (record, context, request) =>
      write((transaction) =>
        createOnce(transaction, request, () => createTask(transaction, record, context)),
      ),
    remove: (uuid) =>
      write(async (transaction) => {
        const task = await lockHdpTask(transaction, uuid);
        if (task) await removeHdpTask(transaction, task);
        return task !== undefined;
      }),
    find: (uuid) =>
      read(async (connection) => {
        const task = await findHdpTask(connection, uuid);
        if (!task) return undefined;
        const { id } = task;
        return {
          task,
          details: await findDetails(connection, id),
          mmrs: await listMmrs(connection, id),
          webhook: await connection.first(lastWebhook, { task: id }),
        };
      }),
    async listTransitions(uuid) {
      const task = await findHdpTask(pool, uuid);
      return task && (await listTransitions(pool, task.id));
    },
    report: (uuid, report, context) =>
      write((transaction) => applyReport(transaction, uuid, report, { ...context, clock: clock() })),
    retry: (uuid, context) =>
      write(async (transaction) => {
        const task = await lockHdpTask(transaction, uuid);
        if (task && isFailed(task.status)) {
          const change = { toStatus: 'Received', report: null, task: {}, details: {} } as const;
          await changeStatus(transaction, task, change, context);
        }
        return task?.status;
      }),
  };
}
