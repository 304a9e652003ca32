import { asc, desc, eq, sql } from 'drizzle-orm';
import { followersOf, isEnded, isFailed } from '../model/hdp-stages.ts';
import type { HdpStatus } from '../model/statuses.ts';
import {
  type DetailChanges,
  type HdpTaskLifecycleQueries,
  type Moment,
  type Reported,
  TASK_COLUMNS,
  type TaskChanges,
} from '../queries/hdp-task-lifecycle.ts';
import type { SqliteConnection } from './connection.ts';
import type { HdpTaskTable, TransitionChanges } from './hdp-task-table.ts';
import { prepareTransitionWrites } from './hdp-transition-writes.ts';
import { createHdpTransitions } from './hdp-transitions.ts';
import type { CreateOnce } from './idempotency.ts';
import { prepareRead } from './read-transaction.ts';
import { type HdpTaskRow, type HdpTransition, hdpMmrs, hdpTaskDetails, hdpWebhooks } from './schema.ts';
import { prepareFor, writtenColumns } from './statements.ts';
import type { Write } from './write-queue.ts';
import type { WriteTransaction } from './write-transaction.ts';

interface StatusChange {
  toStatus: HdpStatus;
  /** The processor's report; null where nobody reported. */
  text: string | null;
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
  const history = createHdpTransitions(db);
  const writes = prepareTransitionWrites(db);
  const ofTask = sql.placeholder('task');
  const detailsOf = db.select().from(hdpTaskDetails).where(eq(hdpTaskDetails.task, ofTask)).prepare();
  const webhooks = db.select().from(hdpWebhooks).where(eq(hdpWebhooks.task, ofTask));
  const webhookOf = webhooks.orderBy(desc(hdpWebhooks.id)).limit(1).prepare();
  const mmrs = db.select().from(hdpMmrs).where(eq(hdpMmrs.task, ofTask));
  const mmrsOf = mmrs.orderBy(asc(hdpMmrs.position)).prepare();

  const detailsInsertion = prepareFor<typeof hdpTaskDetails.$inferInsert>(
    sqlite,
    db.insert(hdpTaskDetails).values(writtenColumns(hdpTaskDetails).values),
  );
  const webhookInsertion = prepareFor<typeof hdpWebhooks.$inferInsert>(
    sqlite,
    db.insert(hdpWebhooks).values(writtenColumns(hdpWebhooks).values),
  );

  function move(
    transaction: WriteTransaction,
    before: HdpTaskRow,
    { toStatus, text, task, details }: StatusChange,
    moment: Moment,
  ): HdpTransition {
    const change = { task: before.id, fromStatus: before.status, toStatus, report: text };
    const transition = history.add(change, moment);
    const changes = { ...definedOf(task), status: toStatus, updatedAt: transition.createdAt };
    table.update(transaction, before, changes);
    writes.updateDetails(before.id, details);
    return transition;
  }

  function putWebhook(task: number, body: string, { now, newUlid }: Moment): void {
    const { webhookUrl: url = null, keyId = null } = detailsOf.get({ task }) ?? {};
    if (url === null) return;
    const webhook = { id: newUlid(now), task, url, body, keyId, createdAt: now, attempts: 0, dueAt: now };
    webhookInsertion.run(webhook);
  }

  return {
    create: ({ task, details }, moment, request) =>
      write((transaction) =>
        createOnce(request, () => {
          const uuid = moment.newUlid(moment.now);
          const at = moment.now * 1000;
          const row = { ...task, uuid, status: 'Received' as const, createdAt: at, updatedAt: at };
          const id = table.insert(transaction, row);
          if (id === undefined) throw new Error('The uuid of the new task is taken.');
          detailsInsertion.run({ ...details, task: id });
          history.add({ task: id, fromStatus: null, toStatus: 'Received', report: null }, moment);
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
        const its = { task: task.id };
        return { task, details: detailsOf.get(its), mmrs: mmrsOf.all(its), webhook: webhookOf.get(its) };
      });
    },

    async transitions(uuid) {
      return read(() => {
        const task = table.find(uuid);
        return task && history.all(task.id);
      });
    },

    report: (uuid, report, moment) =>
      write((transaction): Reported | undefined => {
        const task = table.find(uuid);
        if (!task) return undefined;
        const { id, status } = task;
        if (!followersOf(status).includes(report.toStatus)) {
          const transition = history.since(id, report.toStatus);
          if (!transition) return { outcome: 'refused', status };
          const isSame = transition.report === report.text;
          return isSame ? { outcome: 'accepted', transition } : { outcome: 'contradicts', status };
        }
        const transition = move(transaction, task, report, moment);
        if (report.mmrs) writes.replaceMmrs(id, report.mmrs);
        if (isEnded(report.toStatus)) putWebhook(id, report.webhookBody(transition.createdAt), moment);
        return { outcome: 'accepted', transition };
      }),

    retry: (uuid, moment) =>
      write((transaction) => {
        const task = table.find(uuid);
        if (task && isFailed(task.status)) {
          move(transaction, task, { toStatus: 'Received', text: null, task: {}, details: {} }, moment);
        }
        return task?.status;
      }),
  };
}

/** The columns that a transition changes: one that is undefined or null stays as it is. */
function definedOf(changes: TaskChanges): TransitionChanges {
  const names = TASK_COLUMNS.filter((name) => (changes[name] ?? null) !== null);
  return Object.fromEntries(names.map((name) => [name, changes[name]]));
}
