import { asc, desc, eq, sql } from 'drizzle-orm';
import { followersOf, isEnded, isFailed } from '../model/hdp-stages.ts';
import type { HdpStatus } from '../model/statuses.ts';
import {
  type DetailChanges,
  type NewMmr,
  prepareTransitionWrites,
  type TaskChanges,
} from './hdp-transition-writes.ts';
import { createHdpTransitions, type Moment } from './hdp-transitions.ts';
import { type IdempotentRequest, type OnceResult, prepareOnce } from './idempotency.ts';
import {
  type HdpMmr,
  type HdpTaskDetails,
  type HdpTaskRow,
  type HdpTransition,
  type HdpWebhook,
  hdpMmrs,
  hdpTaskDetails,
  hdpTasks,
  hdpWebhooks,
  type NewHdpTask,
} from './schema.ts';
import type { SqliteConnection } from './store.ts';
import type { Write } from './write.ts';

export type { Moment } from './hdp-transitions.ts';

/** What a client asks for (contract B3); all else of a new task is given here. */
export interface NewHdpRun {
  task: Omit<NewHdpTask, 'uuid' | 'status' | 'createdAt' | 'updatedAt'>;
  details: Pick<HdpTaskDetails, 'input' | 'taskInputs' | 'isMock' | 'webhookUrl' | 'keyId'>;
}

/** What a processor says of a task: where it has come to, and what the stage made. */
export interface HdpReport {
  toStatus: HdpStatus;
  /** The whole report as canonical JSON: two reports are the same if their texts are. */
  text: string;
  task: TaskChanges;
  details: DetailChanges;
  /** In place of all that the task had. */
  mmrs?: readonly NewMmr[] | undefined;
  /** What the webhook says where this ends the task, at so many Unix microseconds. */
  webhookBody(endedAt: number): string;
}

/** A task with all that is known of it but its history. */
export interface HdpRun {
  task: HdpTaskRow;
  /** Undefined for a task that was imported and not touched since. */
  details: HdpTaskDetails | undefined;
  mmrs: HdpMmr[];
  /** The latest webhook of the task. */
  webhook: HdpWebhook | undefined;
}

/**
 * What became of a report. `accepted` also when the same one was accepted before, with the transition of then; `refused`
 * for one that cannot follow the task's status; `contradicts` for one that was made before with other content.
 */
export type Reported =
  | { outcome: 'accepted'; transition: HdpTransition }
  | { outcome: 'refused' | 'contradicts'; status: HdpStatus };

/** The life of HDP tasks (contract B3). Each change is one transaction, in which what hangs on it is written too. */
export interface HdpRunQueries {
  /** Makes a task, `Received`; once for an idempotent request. @returns its uuid */
  create(run: NewHdpRun, moment: Moment, request?: IdempotentRequest<string>): Promise<OnceResult<string>>;
  /** Undefined when there is no such task, as below. */
  find(uuid: string): Promise<HdpRun | undefined>;
  /** Every change of the task's status, oldest first; none of a task that was imported and not touched since. */
  transitions(uuid: string): Promise<HdpTransition[] | undefined>;
  /** Takes a processor's report, and puts a webhook into the outbox when it ends the task. */
  report(uuid: string, report: HdpReport, moment: Moment): Promise<Reported | undefined>;
  /** Puts a failed task back to `Received`; does nothing to any other. @returns the status that it found */
  retry(uuid: string, moment: Moment): Promise<HdpStatus | undefined>;
}

export function createHdpRunQueries(db: SqliteConnection, write: Write): HdpRunQueries {
  const once = prepareOnce(db);
  const history = createHdpTransitions(db);
  const writes = prepareTransitionWrites(db);
  const byUuid = eq(hdpTasks.uuid, sql.placeholder('uuid'));
  const taskByUuid = db.select().from(hdpTasks).where(byUuid).prepare();
  const ofTask = sql.placeholder('task');
  const detailsOf = db.select().from(hdpTaskDetails).where(eq(hdpTaskDetails.task, ofTask)).prepare();
  const webhooks = db.select().from(hdpWebhooks).where(eq(hdpWebhooks.task, ofTask));
  const webhookOf = webhooks.orderBy(desc(hdpWebhooks.id)).limit(1).prepare();
  const mmrs = db.select().from(hdpMmrs).where(eq(hdpMmrs.task, ofTask));
  const mmrsOf = mmrs.orderBy(asc(hdpMmrs.position)).prepare();

  function move(
    task: HdpTaskRow,
    {
      toStatus,
      text,
      ...changes
    }: Pick<HdpReport, 'toStatus' | 'task' | 'details'> & { text: string | null },
    moment: Moment,
  ): HdpTransition {
    const change = { task: task.id, fromStatus: task.status, toStatus, report: text };
    const transition = history.add(change, moment);
    writes.updateTask(task.id, toStatus, transition.createdAt, changes.task);
    writes.updateDetails(task.id, changes.details);
    return transition;
  }

  function putWebhook(task: number, body: string, { now, newUlid }: Moment): void {
    const { webhookUrl: url = null, keyId = null } = detailsOf.get({ task }) ?? {};
    if (url === null) return;
    const webhook = { id: newUlid(now), task, url, body, keyId, createdAt: now, attempts: 0, dueAt: now };
    db.insert(hdpWebhooks).values(webhook).run();
  }

  return {
    create: ({ task, details }, moment, request) =>
      write(() =>
        once(request, () => {
          const uuid = moment.newUlid(moment.now);
          const at = moment.now * 1000;
          const made = db
            .insert(hdpTasks)
            .values({ ...task, uuid, status: 'Received', createdAt: at, updatedAt: at })
            .returning({ task: hdpTasks.id })
            .get();
          db.insert(hdpTaskDetails)
            .values({ ...details, ...made })
            .run();
          history.add({ ...made, fromStatus: null, toStatus: 'Received', report: null }, moment);
          return uuid;
        }),
      ),

    async find(uuid) {
      return db.transaction(() => {
        const task = taskByUuid.get({ uuid });
        if (!task) return undefined;
        const its = { task: task.id };
        return { task, details: detailsOf.get(its), mmrs: mmrsOf.all(its), webhook: webhookOf.get(its) };
      });
    },

    async transitions(uuid) {
      return db.transaction(() => {
        const task = taskByUuid.get({ uuid });
        return task && history.all(task.id);
      });
    },

    report: (uuid, report, moment) =>
      write((): Reported | undefined => {
        const task = taskByUuid.get({ uuid });
        if (!task) return undefined;
        const { id, status } = task;
        if (!followersOf(status).includes(report.toStatus)) {
          const transition = history.since(id, report.toStatus);
          if (!transition) return { outcome: 'refused', status };
          const isSame = transition.report === report.text;
          return isSame ? { outcome: 'accepted', transition } : { outcome: 'contradicts', status };
        }
        const transition = move(task, report, moment);
        if (report.mmrs) writes.replaceMmrs(id, report.mmrs);
        if (isEnded(report.toStatus)) putWebhook(id, report.webhookBody(transition.createdAt), moment);
        return { outcome: 'accepted', transition };
      }),

    retry: (uuid, moment) =>
      write(() => {
        const task = taskByUuid.get({ uuid });
        if (task && isFailed(task.status)) {
          move(task, { toStatus: 'Received', text: null, task: {}, details: {} }, moment);
        }
        return task?.status;
      }),
  };
}
