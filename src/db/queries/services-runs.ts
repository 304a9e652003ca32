/**
 * Who runs which Services task. A run holds its task by a lease, which it renews; once the lease has ended, whoever comes
 * takes the task again. The run's end counts only while the lease is still its own, so that no task ends twice.
 */
import { and, eq, sql } from 'drizzle-orm';
import {
  DUE_AT,
  type LogLevel,
  type ServicesTaskRow,
  servicesFiles,
  servicesLeases,
  servicesLogs,
  servicesTasks,
} from '../schema.ts';
import type { SqliteConnection } from '../sqlite.ts';
import { addReadyTask } from './services-life.ts';
import type { Write } from './write.ts';

/** A run that wants a task: its name, different from any other's, and times in Unix milliseconds. */
export interface Claim {
  run: string;
  now: number;
  /** When its lease ends unless it is renewed. */
  until: number;
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
  /** The trigger of the task that follows this one; it is made unless the run was one of a task that had ended before. */
  nextTrigger: string | null;
}

/** What became of the wish to run one task. */
export type Taken = { task: ServicesTaskRow } | { refusal: 'missing' | 'running' | 'unhandled' };

/** The queries of runners, who serve all chains. */
export interface ServicesRunQueries {
  /** Takes the next task to run: one whose lease has ended, else the READY one of these actions that is due the longest. */
  claimNext(actions: readonly string[], claim: Claim): Promise<ServicesTaskRow | undefined>;
  /** Takes one task of a chain, whether due or not, unless somebody runs it. */
  claim(chain: number, id: number, actions: readonly string[], claim: Claim): Promise<Taken>;
  /** Makes a run's lease end later. False when the run has lost its task. */
  renew(task: number, run: string, until: number): Promise<boolean>;
  /** Adds entries to the log of a run's task, unless the run has lost it. */
  log(task: number, run: string, entries: readonly NewLogEntry[]): Promise<void>;
  /** Ends a run. Undefined, with nothing written, when the run has lost its task. */
  finish(task: number, run: string, end: RunEnd): Promise<ServicesTaskRow | undefined>;
  /** Gives a task up before its end: whoever comes takes it again, as after a lease that has ended. */
  release(task: number, run: string): Promise<void>;
}

/** What the log of a task says that was left in the middle. */
export const TAKEN_AGAIN = 'An earlier run was broken off before it ended; the task is run again.';

// A run of a task that had ended before is told by its name in the lease, which outlives whoever runs it.
const RERUN = ' again';

const seconds = (milliseconds: number) => Math.floor(milliseconds / 1000);

export function createServicesRunQueries(db: SqliteConnection, write: Write): ServicesRunQueries {
  const { $client: sqlite } = db;
  const due = sqlite.prepare<[string, number], { id: number; dueAt: number }>(
    `SELECT id, ${DUE_AT} AS dueAt FROM services_tasks INDEXED BY services_tasks_due
     WHERE status = 'READY' AND action = ? AND ${DUE_AT} <= ? ORDER BY ${DUE_AT}, id LIMIT 1`,
  );
  const left = sqlite
    .prepare<[number, string], number>(
      `SELECT task FROM services_leases JOIN services_tasks ON services_tasks.id = task
       WHERE until <= ? AND status = 'INPROGRESS' AND action IN (SELECT value FROM json_each(?))
       ORDER BY until, task LIMIT 1`,
    )
    .pluck();
  const one = db
    .select({ task: servicesTasks, lease: servicesLeases })
    .from(servicesTasks)
    .leftJoin(servicesLeases, eq(servicesLeases.task, servicesTasks.id))
    .where(eq(servicesTasks.id, sql.placeholder('id')))
    .prepare();
  const renewal = sqlite.prepare('UPDATE services_leases SET until = ? WHERE task = ? AND owner IN (?, ?)');

  function nextId(actions: readonly string[], now: number): number | undefined {
    const abandoned = left.get(now, JSON.stringify(actions));
    if (abandoned !== undefined) return abandoned;
    const candidates = actions.flatMap((action) => due.get(action, seconds(now)) ?? []);
    return candidates.sort((a, b) => a.dueAt - b.dueAt || a.id - b.id)[0]?.id;
  }

  /** Of a task that the caller has found to be free. */
  function take(id: number, { run, now, until }: Claim): ServicesTaskRow {
    const found = one.get({ id });
    const isLeft = found?.task.status === 'INPROGRESS';
    const isRerun = isLeft ? found.lease?.owner.endsWith(RERUN) : found?.task.status !== 'READY';
    const owner = isRerun ? run + RERUN : run;
    db.insert(servicesLeases)
      .values({ task: id, owner, until })
      .onConflictDoUpdate({ target: servicesLeases.task, set: { owner, until } })
      .run();
    if (isLeft) addLogs(id, [{ time: now, level: 'warning', message: TAKEN_AGAIN }]);
    return db
      .update(servicesTasks)
      .set({
        status: 'INPROGRESS',
        version: sql`${servicesTasks.version} + ${isLeft ? 0 : 1}`,
        lastRunAt: seconds(now),
        modifiedAt: seconds(now),
      })
      .where(eq(servicesTasks.id, id))
      .returning()
      .get();
  }

  function addLogs(task: number, entries: readonly NewLogEntry[]): void {
    for (const { time, level, message } of entries) {
      db.insert(servicesLogs)
        .values({ task, time: seconds(time), level, message })
        .run();
    }
  }

  /** The run's task, and whether it had ended before; undefined when it has lost it. */
  function held(id: number, run: string) {
    const found = one.get({ id });
    const owner = found?.lease?.owner;
    if (found?.task.status !== 'INPROGRESS' || (owner !== run && owner !== run + RERUN)) return undefined;
    return { task: found.task, isRerun: owner !== run };
  }

  return {
    async claimNext(actions, claim) {
      // Looked for before any lock is taken: most of the time there is nothing.
      if (nextId(actions, claim.now) === undefined) return undefined;
      return write(() => {
        const id = nextId(actions, claim.now);
        return id === undefined ? undefined : take(id, claim);
      });
    },
    claim: (chain, id, actions, claim) =>
      write((): Taken => {
        const found = one.get({ id });
        if (found?.task.chain !== chain) return { refusal: 'missing' };
        const isFree = found.lease !== null && found.lease.until <= claim.now;
        if (found.task.status === 'INPROGRESS' && !isFree) return { refusal: 'running' };
        if (!actions.includes(found.task.action ?? '')) return { refusal: 'unhandled' };
        return { task: take(id, claim) };
      }),
    renew: (task, run, until) => write(() => renewal.run(until, task, run, run + RERUN).changes === 1),
    log: (task, run, entries) =>
      write(() => {
        if (held(task, run)) addLogs(task, entries);
      }),
    finish: (id, run, { status, result, file, logs, now, nextTrigger }) =>
      write(() => {
        const mine = held(id, run);
        if (!mine) return undefined;
        addLogs(id, logs);
        db.delete(servicesLeases).where(eq(servicesLeases.task, id)).run();
        db.delete(servicesFiles).where(eq(servicesFiles.task, id)).run();
        if (file !== null) db.insert(servicesFiles).values({ task: id, path: file }).run();
        const { chain, description, target, debug } = mine.task;
        if (nextTrigger !== null && !mine.isRerun) {
          addReadyTask(db, chain, { description, trigger: nextTrigger, target, debug }, seconds(now));
        }
        return db
          .update(servicesTasks)
          .set({ status, result, version: sql`${servicesTasks.version} + 1`, modifiedAt: seconds(now) })
          .where(and(eq(servicesTasks.id, id), eq(servicesTasks.status, 'INPROGRESS')))
          .returning()
          .get();
      }),
    async release(task, run) {
      await write(() => renewal.run(0, task, run, run + RERUN));
    },
  };
}
