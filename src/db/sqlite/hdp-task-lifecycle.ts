import { desc, eq, sql } from 'drizzle-orm';
import { isEnded, isFailed, nextStatuses } from '../model/hdp-stages.ts';
import type { HdpStatus } from '../model/statuses.ts';
import { definedChanges } from '../model/task-changes.ts';
import type {
  DetailChanges,
  HdpTaskLifecycleQueries,
  ReportResult,
  TaskChanges,
  WriteContext,
} from '../queries/hdp-task-lifecycle.ts';
import type { HdpTaskRow, HdpTransition } from '../rows.ts';
import type { SqliteConnection } from './connection.ts';
import { createHdpTaskDetails } from './hdp-task-details.ts';
import type { HdpTaskTable } from './hdp-task-table.ts';
import { createHdpTransitions } from './hdp-transitions.ts';
import type { CreateOnce } from './idempotency.ts';
import { prepareRead } from './read-transaction.ts';
import { hdpWebhooks } from './schema.ts';
import { prepareFor, writtenColumns } from './statements.ts';
import type { Write } from './write-queue.ts';
import type { WriteTransaction } from './write-transaction.ts';

interface StatusChange {
  toStatus: HdpStatus;
  /** The processor's report; null for a retry. */
  report: string | null;
  task: TaskChanges;
  details: DetailChanges;
}

export function createHdpTaskLifecycleQueries(
  db: SqliteConnection,
  table: HdpTaskTable,
  write: Write,
  createOnce: CreateOnce,
): HdpTaskLifecycleQueries {
  const { $client: sqlite } = db;
  const read = prepareRead(sqlite);
  const transitions = createHdpTransitions(db);
  const taskDetails = createHdpTaskDetails(db);
  const lastWebhook = db
    .select()
    .from(hdpWebhooks)
    .where(eq(hdpWebhooks.task, sql.placeholder('task')))
    .orderBy(desc(hdpWebhooks.id))
    .limit(1)
    .prepare();
  const webhookInsertion = prepareFor<typeof hdpWebhooks.$inferInsert>(
    sqlite,
    db.insert(hdpWebhooks).values(writtenColumns(hdpWebhooks).values),
  );

  function changeStatus(
    transaction: WriteTransaction,
    before: HdpTaskRow,
    { toStatus, report, task, details }: StatusChange,
    context: WriteContext,
  ): HdpTransition {
    const change = { task: before.id, fromStatus: before.status, toStatus, report };
    const transition = transitions.insert(transaction, change, context);
    const changes = { ...definedChanges(task), status: toStatus, updatedAt: transition.createdAt };
    table.update(transaction, before, changes);
    taskDetails.update(before.id, details);
    return transition;
  }

  function insertWebhook(task: number, body: string, { now, newUlid }: WriteContext): void {
    const { webhookUrl: url = null, keyId = null } = taskDetails.find(task) ?? {};
    if (url === null) return;
    const webhook = { id: newUlid(now), task, url, body, keyId, createdAt: now, attempts: 0, dueAt: now };
    webhookInsertion.run(webhook);
  }

  return {
    create: ({ task, details }, context, request) =>
      write((transaction) =>
        createOnce(request, () => {
          const uuid = context.newUlid(context.now);
          const createdAt = context.now * 1000;
          const row = { ...task, uuid, status: 'Received' as const, createdAt, updatedAt: createdAt };
          const id = table.insert(transaction, row);
          if (id === undefined) throw new Error('The uuid of the new task is taken.');
          taskDetails.insert({ ...details, task: id });
          const transition = { task: id, fromStatus: null, toStatus: 'Received', report: null } as const;
          transitions.insert(transaction, transition, context);
          return uuid;
        }),
      ),
    remove: (uuid) =>
      write((transaction) => {
        const task = table.find(uuid);
        if (task) table.remove(transaction, task);
        return task !== undefined;
      }),
    async find(uuid) {
      return read(() => {
        const task = table.find(uuid);
        if (!task) return undefined;
        const { id } = task;
        return {
          task,
          details: taskDetails.find(id),
          mmrs: taskDetails.listMmrs(id),
          webhook: lastWebhook.get({ task: id }),
        };
      });
    },

    async listTransitions(uuid) {
      return read(() => {
        const task = table.find(uuid);
        return task && transitions.list(task.id);
      });
    },

    report: (uuid, { text, ...report }, context) =>
      write((transaction): ReportResult | undefined => {
        const task = table.find(uuid);
        if (!task) return undefined;
        const { id, status } = task;
        if (!nextStatuses(status).includes(report.toStatus)) {
          const transition = transitions.findLast(id, report.toStatus);
          if (!transition) return { outcome: 'refused', status };
          const isSame = transition.report === text;
          return isSame ? { outcome: 'accepted', transition } : { outcome: 'contradicts', status };
        }
        const transition = changeStatus(transaction, task, { ...report, report: text }, context);
        if (report.mmrs) taskDetails.replaceMmrs(id, report.mmrs);
        if (isEnded(report.toStatus)) insertWebhook(id, report.webhookBody(transition.createdAt), context);
        return { outcome: 'accepted', transition };
      }),

    retry: (uuid, context) =>
      write((transaction) => {
        const task = table.find(uuid);
        if (task && isFailed(task.status)) {
          const change = { toStatus: 'Received', report: null, task: {}, details: {} } as const;
          changeStatus(transaction, task, change, context);
        }
        return task?.status;
      }),
  };
}
