/**
 * Which run has which Services task. A run holds its task by a lease, which it renews. A lease that was not renewed in time
 * is first marked as suspected, and only after a grace period may another run take the task: while nobody can write, as
 * during a long import, the run that holds it cannot renew it either. The end of a run counts only while the lease is its
 * own, so that no task ends twice.
 */
import { and, eq, sql } from 'drizzle-orm';
import {
  type LogLevel,
  type ServicesTaskRow,
  servicesFiles,
  servicesLeases,
  servicesLogs,
  servicesTasks,
} from '../schema.ts';
import type { SqliteConnection } from '../sqlite.ts';
import { prepareDueTasks } from './due-tasks.ts';
import { isLiveLease, type LeaseTimes, prepareExpiredLeases } from './expired-leases.ts';
import { addReadyTask, type NewTask } from './services-life.ts';
import type { Write } from './write.ts';

/** A run that wants a task: its name, different from any other's, and times in Unix milliseconds. */
export interface Claim extends LeaseTimes {
  run: string;
}

export interface NewLogEntry {
  /** Unix milliseconds. */
  time: number;
  level: LogLevel;
  message: string;
}

/** How a run ended. */
export interface RunEnd {
  status: 'DONE' | 'ERROR';
  result: string | null;
  /** The finished file, under the folder of exports. */
  file: string | null;
  logs: readonly NewLogEntry[];
  /** Unix milliseconds. */
  now: number;
  /** The members in which the next task of the series differs; it is created unless this was a rerun. `once` is for the log. */
  follower: (Pick<NewTask, 'trigger' | 'seriesStart' | 'dueAt'> & { once: string }) | undefined;
}

/** A task that a run has taken, and how many runs have begun it, this one included, without ending it. */
export interface ClaimedTask {
  task: ServicesTaskRow;
  attempts: number;
}

/** What became of the request to run one task. */
export type ClaimResult = ClaimedTask | { refusal: 'missing' | 'running' | 'unhandled' };

/** A run that has ended; `followerError` says why the task that should follow could not be created. */
export interface FinishedRun {
  task: ServicesTaskRow;
  followerError?: unknown;
}

/** The queries of runners, who serve all chains. */
export interface ServicesRunQueries {
  /**
   * Takes the next task to run: one whose lease has expired, else a READY one of these actions that is due, the oldest of
   * its chain; chains take turns.
   * @param lastChain the chain whose task was taken last
   */
  claimNext(actions: readonly string[], claim: Claim, lastChain?: number): Promise<ClaimedTask | undefined>;
  /** Takes one task of a chain, whether due or not, unless a run holds it. */
  claim(chain: number, id: number, actions: readonly string[], claim: Claim): Promise<ClaimResult>;
  /** Makes a run's lease end later. False when the run has lost its task. */
  renew(task: number, run: string, until: number): Promise<boolean>;
  /** Adds entries to the log of a run's task, unless the run has lost it. */
  log(task: number, run: string, entries: readonly NewLogEntry[]): Promise<void>;
  /** Ends a run. Undefined, with nothing written, when the run has lost its task. */
  finish(task: number, run: string, end: RunEnd): Promise<FinishedRun | undefined>;
  /** Releases the lease before the run ends, so that another run can take the task at once. */
  release(task: number, run: string): Promise<void>;
  /** Warns in the logs of due tasks that none of these actions can run, once per task and one page of tasks per call. */
  warnOfUnsupported(actions: readonly string[], now: number): Promise<void>;
}

/** What the log of a task says that was left in the middle, or was INPROGRESS without a run. */
export const TAKEN_AGAIN = 'An earlier run was broken off before it ended; the task is run again.';
export const TAKEN_WITHOUT_RUN = 'The task was INPROGRESS, but no run held it; it is run now.';

// Whether a run is a rerun, of a task that had ended before, is told by its name in the lease, which outlives the run.
const RERUN = ' again';

const seconds = (milliseconds: number) => Math.floor(milliseconds / 1000);

export function createServicesRunQueries(db: SqliteConnection, write: Write): ServicesRunQueries {
  const { $client: sqlite } = db;
  const due = prepareDueTasks(sqlite);
  const leases = prepareExpiredLeases(sqlite);
  const one = db
    .select({ task: servicesTasks, lease: servicesLeases })
    .from(servicesTasks)
    .leftJoin(servicesLeases, eq(servicesLeases.task, servicesTasks.id))
    .where(eq(servicesTasks.id, sql.placeholder('id')))
    .prepare();
  const renewal = sqlite.prepare(
    'UPDATE services_leases SET until = ?, suspected_at = NULL WHERE task = ? AND owner IN (?, ?)',
  );
  const silent = sqlite
    .prepare<[number], number>(
      `SELECT 1 FROM services_tasks WHERE id = ? AND status = 'READY'
       AND NOT EXISTS (SELECT 1 FROM services_logs WHERE task = services_tasks.id)`,
    )
    .pluck();
  const isStillSilent = (id: number) => silent.get(id) !== undefined;

  const nextId = (actions: readonly string[], claim: Claim, lastChain: number | undefined) =>
    leases.abandoned(actions, claim) ?? due.next(actions, claim.now, lastChain)?.id;

  /** Takes a task that the caller has found to be free. @param isAsked whether a client asks for this run */
  function take(id: number, { run, now, until }: Claim, isAsked: boolean): ClaimedTask {
    const found = one.get({ id });
    const lease = found?.lease;
    const isLeft = found?.task.status === 'INPROGRESS';
    const isRerun = isLeft ? lease?.owner.endsWith(RERUN) : found?.task.status !== 'READY';
    const owner = isRerun ? run + RERUN : run;
    // A run that released its task did not fail, and a client that asks for a run gets one.
    const attempts = isLeft && lease && !isAsked ? lease.attempts + (lease.until === 0 ? 0 : 1) : 1;
    const written = { owner, until, attempts, suspectedAt: null };
    db.insert(servicesLeases)
      .values({ task: id, ...written })
      .onConflictDoUpdate({ target: servicesLeases.task, set: written })
      .run();
    if (isLeft) {
      const message = lease ? TAKEN_AGAIN : TAKEN_WITHOUT_RUN;
      addLogs(id, [{ time: now, level: 'warning', message }]);
    }
    const task = db
      .update(servicesTasks)
      .set({
        status: 'INPROGRESS',
        version: sql`min(${servicesTasks.version} + ${isLeft ? 0 : 1}, ${Number.MAX_SAFE_INTEGER})`,
        lastRunAt: seconds(now),
        modifiedAt: seconds(now),
      })
      .where(eq(servicesTasks.id, id))
      .returning()
      .get();
    return { task, attempts };
  }

  function addLogs(task: number, entries: readonly NewLogEntry[]): void {
    for (const { time, level, message } of entries) {
      db.insert(servicesLogs)
        .values({ task, time: seconds(time), level, message })
        .run();
    }
  }

  /** The run's task, and whether this is a rerun; undefined when the run has lost it. */
  function held(id: number, run: string) {
    const found = one.get({ id });
    const owner = found?.lease?.owner;
    if (found?.task.status !== 'INPROGRESS' || (owner !== run && owner !== run + RERUN)) return undefined;
    return { task: found.task, isRerun: owner !== run };
  }

  /** Creates the task that follows, if it can be created: the end of a run is written in any case. */
  function addFollower(task: ServicesTaskRow, follower: NonNullable<RunEnd['follower']>, now: number) {
    const { chain, description, target, debug } = task;
    const { once, ...own } = follower;
    try {
      const added = db.transaction(() =>
        addReadyTask(db, chain, { description, target, debug, ...own }, seconds(now)),
      );
      addLogs(task.id, [
        { time: now, level: 'info', message: `The next run is task ${added.id}, at ${once}.` },
      ]);
      return undefined;
    } catch (error) {
      const message = "The next run could not be created; the server's log says why.";
      addLogs(task.id, [{ time: now, level: 'error', message }]);
      return error;
    }
  }

  return {
    async claimNext(actions, claim, lastChain) {
      // Looked for before any lock is taken, because most of the time there is nothing.
      const isIdle =
        nextId(actions, claim, lastChain) === undefined && leases.newSuspects(actions, claim).length === 0;
      if (isIdle) return undefined;
      return write(() => {
        for (const task of leases.newSuspects(actions, claim)) leases.suspect(task, claim.now);
        const id = nextId(actions, claim, lastChain);
        return id === undefined ? undefined : take(id, claim, false);
      });
    },
    claim: (chain, id, actions, claim) =>
      write((): ClaimResult => {
        const found = one.get({ id });
        if (found?.task.chain !== chain) return { refusal: 'missing' };
        if (found.task.status === 'INPROGRESS' && isLiveLease(found.lease, claim))
          return { refusal: 'running' };
        if (!actions.includes(found.task.action ?? '')) return { refusal: 'unhandled' };
        return take(id, claim, true);
      }),
    renew: (task, run, until) => write(() => renewal.run(until, task, run, run + RERUN).changes === 1),
    log: (task, run, entries) =>
      write(() => {
        if (held(task, run)) addLogs(task, entries);
      }),
    finish: (id, run, { status, result, file, logs, now, follower }) =>
      write(() => {
        const mine = held(id, run);
        if (!mine) return undefined;
        addLogs(id, logs);
        db.delete(servicesLeases).where(eq(servicesLeases.task, id)).run();
        db.delete(servicesFiles).where(eq(servicesFiles.task, id)).run();
        if (file !== null) db.insert(servicesFiles).values({ task: id, path: file }).run();
        const followerError = follower && !mine.isRerun ? addFollower(mine.task, follower, now) : undefined;
        const task = db
          .update(servicesTasks)
          .set({
            status,
            result,
            version: sql`min(${servicesTasks.version} + 1, ${Number.MAX_SAFE_INTEGER})`,
            modifiedAt: seconds(now),
          })
          .where(and(eq(servicesTasks.id, id), eq(servicesTasks.status, 'INPROGRESS')))
          .returning()
          .get();
        return task && { task, followerError };
      }),
    async release(task, run) {
      await write(() => renewal.run(0, task, run, run + RERUN));
    },
    async warnOfUnsupported(actions, now) {
      const ids = due.unsupported(actions, now);
      if (ids.length === 0) return;
      const message = `No runner supports the action of this task. Supported actions: ${actions.join(', ')}.`;
      await write(() => {
        for (const id of ids.filter(isStillSilent)) addLogs(id, [{ time: now, level: 'warning', message }]);
      });
    },
  };
}
