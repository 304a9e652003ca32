import { eq, sql } from 'drizzle-orm';
import {
  type Claim,
  type ClaimedTask,
  type ClaimResult,
  type NewLogEntry,
  type RunEnd,
  TAKEN_AGAIN,
  TAKEN_WITHOUT_RUN,
  type TaskRunQueries,
  UnwritableTaskError,
} from '../queries/task-runs.ts';
import type { SqliteConnection } from './connection.ts';
import { prepareDueTasks } from './due-tasks.ts';
import { isUnavailable } from './errors.ts';
import { isLiveLease, type LeaseSearch, prepareExpiredLeases } from './expired-leases.ts';
import { prepareOptionalWrites, seconds } from './optional-writes.ts';
import { parseRecordedEnd } from './recorded-end.ts';
import { type ServicesTaskRow, servicesLeases, servicesTasks } from './schema.ts';
import { insertReadyTask } from './services-task-lifecycle.ts';
import { nextVersion, type ServicesTaskTable } from './services-task-table.ts';
import type { Write } from './write-queue.ts';
import type { WriteTransaction } from './write-transaction.ts';

// Whether a run is a rerun, of a task that had ended before, is told by its name in the lease, which outlives the run.
const RERUN = ' again';

export function createTaskRunQueries(
  db: SqliteConnection,
  table: ServicesTaskTable,
  write: Write,
): TaskRunQueries {
  const { $client: sqlite } = db;
  const due = prepareDueTasks(sqlite);
  const leases = prepareExpiredLeases(sqlite);
  const { tryWrite, addLogs, tryLog } = prepareOptionalWrites(sqlite);
  const one = db
    .select({ task: servicesTasks, lease: servicesLeases })
    .from(servicesTasks)
    .leftJoin(servicesLeases, eq(servicesLeases.task, servicesTasks.id))
    .where(eq(servicesTasks.id, sql.placeholder('id')))
    .prepare();
  const chainOf = sqlite.prepare<[number], number>('SELECT chain FROM services_tasks WHERE id = ?').pluck();
  const lease = sqlite.prepare<[number, string, number, number]>(
    `INSERT INTO services_leases (task, owner, until, attempts) VALUES (?, ?, ?, ?)
     ON CONFLICT (task) DO UPDATE SET owner = excluded.owner, until = excluded.until, attempts = excluded.attempts,
       suspected_at = NULL, recorded_end = NULL`,
  );
  const leaseTransfer = sqlite.prepare<[string, number, number]>(
    'UPDATE services_leases SET owner = ?, until = ?, suspected_at = NULL WHERE task = ?',
  );
  const endRecord = sqlite.prepare<[string, number, string, string]>(
    'UPDATE services_leases SET recorded_end = ? WHERE task = ? AND owner IN (?, ?)',
  );
  const leaseRemoval = sqlite.prepare<[number]>('DELETE FROM services_leases WHERE task = ?');
  const fileRemoval = sqlite.prepare<[number]>('DELETE FROM services_files WHERE task = ?');
  const fileInsertion = sqlite.prepare<[number, string]>(
    'INSERT INTO services_files (task, path) VALUES (?, ?)',
  );
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

  const nextId = (search: LeaseSearch, lastChain: number | undefined) =>
    leases.abandoned(search) ?? due.next(search.actions, search.times.now, lastChain, search.passedOver)?.id;

  /** Takes a task that the caller has found to be free. @param isAsked whether a client asks for this run */
  function take(
    transaction: WriteTransaction,
    id: number,
    { run, now, until }: Claim,
    isAsked: boolean,
  ): ClaimedTask | undefined {
    const found = one.get({ id });
    if (!found) return undefined;
    const { task: before, lease: held } = found;
    const isLeft = before.status === 'INPROGRESS';
    const isRerun = isLeft ? held?.owner.endsWith(RERUN) : before.status !== 'READY';
    const owner = isRerun ? run + RERUN : run;
    if (isLeft && held?.recordedEnd) {
      leaseTransfer.run(owner, until, id);
      return { task: before, attempts: held.attempts, recordedEnd: parseRecordedEnd(held.recordedEnd) };
    }
    // A run that released its task did not fail, and a client that asks for a run gets one.
    const attempts = isLeft && held && !isAsked ? held.attempts + (held.until === 0 ? 0 : 1) : 1;
    lease.run(id, owner, until, attempts);
    const message = held ? TAKEN_AGAIN : TAKEN_WITHOUT_RUN;
    const [logError] = isLeft ? tryLog(transaction, id, [{ time: now, level: 'warning', message }]) : [];
    const task = table.update(transaction, before, {
      status: 'INPROGRESS',
      version: isLeft ? before.version : nextVersion(before),
      lastRunAt: seconds(now),
      modifiedAt: seconds(now),
    });
    return { task, attempts, logError };
  }

  /** The run's task, and whether this is a rerun; undefined when the run has lost it. */
  function held(id: number, run: string) {
    const found = one.get({ id });
    const owner = found?.lease?.owner;
    if (found?.task.status !== 'INPROGRESS' || (owner !== run && owner !== run + RERUN)) return undefined;
    return { task: found.task, isRerun: owner !== run };
  }

  /** Inserts the task that follows, if it can be inserted. @returns why not, and what the log is to say */
  function addFollower(
    transaction: WriteTransaction,
    task: ServicesTaskRow,
    follower: NonNullable<RunEnd['follower']>,
    now: number,
  ): { errors: Error[]; entry: NewLogEntry } {
    const { chain, description, target, debug } = task;
    const { once, ...own } = follower;
    let message = "The next run could not be created; the server's log says why.";
    const errors = tryWrite(transaction, () => {
      const next = { description, target, debug, ...own };
      const added = insertReadyTask(table, transaction, chain, next, seconds(now));
      message = `The next run is task ${added.id}, at ${once}.`;
    });
    return { errors, entry: { time: now, level: errors.length === 0 ? 'info' : 'error', message } };
  }

  return {
    async claimNext(actions, claim, lastChain, passedOver = []) {
      const search = { actions, times: claim, passedOver };
      // Looked for before any lock is taken, because most of the time there is nothing.
      const isIdle = nextId(search, lastChain) === undefined && leases.newSuspects(search).length === 0;
      if (isIdle) return undefined;
      let written: number | undefined;
      try {
        return await write((transaction) => {
          for (const task of leases.newSuspects(search)) {
            written = task;
            leases.suspect(task, claim.now);
          }
          written = nextId(search, lastChain);
          return written === undefined ? undefined : take(transaction, written, claim, false);
        });
      } catch (error) {
        if (written === undefined || isUnavailable(error)) throw error;
        throw new UnwritableTaskError(written, table.find(written)?.chain, error);
      }
    },
    claim: (chain, id, actions, claim) =>
      write((transaction): ClaimResult => {
        // Before the row: reading another chain's long task would take longer than finding none.
        if (chainOf.get(id) !== chain) return { refusal: 'missing' };
        const found = one.get({ id });
        if (!found) return { refusal: 'missing' };
        if (found.task.status === 'INPROGRESS' && isLiveLease(found.lease, claim))
          return { refusal: 'running' };
        if (!actions.includes(found.task.action ?? '')) return { refusal: 'unhandled' };
        return take(transaction, id, claim, true) ?? { refusal: 'missing' };
      }),
    renew: (task, run, until) => write(() => renewal.run(until, task, run, run + RERUN).changes === 1),
    log: (task, run, entries) =>
      write(() => {
        if (held(task, run)) addLogs(task, entries);
      }),
    finish: (id, run, { status, result, file, logs, now, follower, isBare = false }) =>
      write((transaction) => {
        const mine = held(id, run);
        if (!mine) return undefined;
        fileRemoval.run(id);
        if (file !== null) fileInsertion.run(id, file);
        const version = nextVersion(mine.task);
        const changes = { status, result, version, modifiedAt: seconds(now) };
        const task = table.update(transaction, mine.task, changes);
        const added =
          follower && !mine.isRerun ? addFollower(transaction, mine.task, follower, now) : undefined;
        const entries = added ? [...logs, added.entry] : logs;
        const errors = added?.errors ?? [];
        if (isBare) return { task, errors };
        const refused = [
          ...tryLog(transaction, id, entries),
          ...tryWrite(transaction, () => leaseRemoval.run(id)),
        ];
        return { task, errors: [...errors, ...refused] };
      }),
    recordEnd: (task, run, end) =>
      write(() => endRecord.run(JSON.stringify(end), task, run, run + RERUN).changes === 1),
    async release(task, run) {
      await write(() => renewal.run(0, task, run, run + RERUN));
    },
    async warnOfUnsupported(actions, now, passedOver = []) {
      const ids = due.unsupported(actions, now).filter((id) => !passedOver.includes(id));
      if (ids.length === 0) return [];
      const message = `No runner supports the action of this task. Supported actions: ${actions.join(', ')}.`;
      return write((transaction) =>
        ids.filter(isStillSilent).flatMap((id) => {
          const refused = tryLog(transaction, id, [{ time: now, level: 'warning', message }]);
          return refused.map((error) => new UnwritableTaskError(id, undefined, error));
        }),
      );
    },
  };
}
