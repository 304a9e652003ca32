import { eq, sql } from 'drizzle-orm';
import { toUnixSeconds } from '../../time.ts';
import {
  isLiveLease,
  isOwnedBy,
  isRerun,
  type LeaseSearch,
  leaseOwner,
  parseRecordedEnd,
} from '../model/leases.ts';
import { nextVersion } from '../model/task-version.ts';
import { unsupportedActionMessage } from '../model/unsupported-action.ts';
import {
  CLAIMED_AGAIN,
  CLAIMED_WITHOUT_LEASE,
  type Claim,
  type ClaimedTask,
  type ClaimResult,
  type NewLogEntry,
  type RunEnd,
  type TaskRunQueries,
  UnwritableTaskError,
} from '../queries/task-runs.ts';
import type { ServicesTaskRow } from '../rows.ts';
import type { SqliteConnection } from './connection.ts';
import { prepareDueTasks } from './due-tasks.ts';
import { isUnavailable } from './errors.ts';
import { prepareOptionalWrites } from './optional-writes.ts';
import { servicesLeases, servicesTasks } from './schema.ts';
import { insertReadyTask } from './services-task-lifecycle.ts';
import type { ServicesTaskTable } from './services-task-table.ts';
import { prepareExpiredLeases, prepareLeaseWrites } from './task-leases.ts';
import type { Write } from './write-queue.ts';
import type { WriteTransaction } from './write-transaction.ts';

export function createTaskRunQueries(
  db: SqliteConnection,
  table: ServicesTaskTable,
  write: Write,
  clock: () => number,
): TaskRunQueries {
  const { $client: sqlite } = db;
  const dueTasks = prepareDueTasks(sqlite);
  const expiredLeases = prepareExpiredLeases(sqlite);
  const leases = prepareLeaseWrites(sqlite);
  const { tryWrite, addLogs, tryLog } = prepareOptionalWrites(sqlite);
  const byId = db
    .select({ task: servicesTasks, lease: servicesLeases })
    .from(servicesTasks)
    .leftJoin(servicesLeases, eq(servicesLeases.task, servicesTasks.id))
    .where(eq(servicesTasks.id, sql.placeholder('id')))
    .prepare();
  const chainOf = sqlite.prepare<[number], number>('SELECT chain FROM services_tasks WHERE id = ?').pluck();
  const fileRemoval = sqlite.prepare<[number]>('DELETE FROM services_files WHERE task = ?');
  const fileInsertion = sqlite.prepare<[number, string]>(
    'INSERT INTO services_files (task, path) VALUES (?, ?)',
  );
  const readyWithoutLog = sqlite
    .prepare<[number], number>(
      `SELECT 1 FROM services_tasks WHERE id = ? AND status = 'READY'
       AND NOT EXISTS (SELECT 1 FROM services_logs WHERE task = services_tasks.id)`,
    )
    .pluck();
  const isReadyWithoutLog = (id: number) => readyWithoutLog.get(id) !== undefined;

  const nextId = (search: LeaseSearch, now: number, lastChain: number | undefined) =>
    expiredLeases.findClaimable(search, now) ??
    dueTasks.next(search.actions, now, lastChain, search.excludedTasks)?.id;

  /** Claims a task that no run holds. @param isRequested true if a client asks for this run */
  function claimTask(
    transaction: WriteTransaction,
    id: number,
    { run, leaseMs }: Claim,
    now: number,
    isRequested: boolean,
  ): ClaimedTask | undefined {
    const found = byId.get({ id });
    if (!found) return undefined;
    const { task: before, lease } = found;
    const until = now + leaseMs;
    const isInProgress = before.status === 'INPROGRESS';
    const owner = leaseOwner(run, isInProgress ? isRerun(lease?.owner ?? '') : before.status !== 'READY');
    if (isInProgress && lease?.recordedEnd) {
      leases.transfer(id, owner, until);
      const recordedEnd = parseRecordedEnd(lease.recordedEnd);
      return { task: before, claimedAt: now, attempts: lease.attempts, recordedEnd };
    }
    // A run that released its task did not fail. A client's request begins the count again.
    const failed = lease?.until === 0 ? 0 : 1;
    const attempts = isInProgress && lease && !isRequested ? lease.attempts + failed : 1;
    leases.claim(id, owner, until, attempts);
    const message = lease ? CLAIMED_AGAIN : CLAIMED_WITHOUT_LEASE;
    const [logError] = isInProgress
      ? tryLog(transaction, id, [{ time: now, level: 'warning', message }])
      : [];
    const task = table.update(transaction, before, {
      status: 'INPROGRESS',
      version: isInProgress ? before.version : nextVersion(before),
      lastRunAt: toUnixSeconds(now),
      modifiedAt: toUnixSeconds(now),
    });
    return { task, claimedAt: now, attempts, logError };
  }

  /** Returns the run's task, or undefined if the run has lost it. */
  function findHeldTask(id: number, run: string) {
    const found = byId.get({ id });
    const owner = found?.lease?.owner;
    if (found?.task.status !== 'INPROGRESS' || owner === undefined || !isOwnedBy(owner, run))
      return undefined;
    return { task: found.task, isRerun: isRerun(owner) };
  }

  /** Inserts the next task of the series, if the database accepts it. @returns the log entry that tells the outcome */
  function addNextTask(
    transaction: WriteTransaction,
    task: ServicesTaskRow,
    nextTask: NonNullable<RunEnd['nextTask']>,
    now: number,
  ): { errors: Error[]; entry: NewLogEntry } {
    const { chain, description, target, debug } = task;
    const { once, ...schedule } = nextTask;
    let message = "The next run could not be created; the server's log says why.";
    const errors = tryWrite(transaction, () => {
      const values = { description, target, debug, ...schedule };
      const added = insertReadyTask(table, transaction, chain, values, toUnixSeconds(now));
      message = `The next run is task ${added.id}, at ${once}.`;
    });
    return { errors, entry: { time: now, level: errors.length === 0 ? 'info' : 'error', message } };
  }

  return {
    async claimNext(actions, claim, lastChain, excludedTasks = []) {
      const search = { actions, leaseMs: claim.leaseMs, excludedTasks };
      const before = clock();
      // Most of the time there is no task: this read avoids the write lock.
      const isIdle =
        nextId(search, before, lastChain) === undefined &&
        expiredLeases.listUnsuspected(search, before).length === 0;
      if (isIdle) return undefined;
      let taskInWriting: number | undefined;
      try {
        return await write((transaction) => {
          const now = clock();
          for (const task of expiredLeases.listUnsuspected(search, now)) {
            taskInWriting = task;
            expiredLeases.suspect(task, now);
          }
          taskInWriting = nextId(search, now, lastChain);
          return taskInWriting === undefined
            ? undefined
            : claimTask(transaction, taskInWriting, claim, now, false);
        });
      } catch (error) {
        if (taskInWriting === undefined || isUnavailable(error)) throw error;
        throw new UnwritableTaskError(taskInWriting, table.find(taskInWriting)?.chain, error);
      }
    },
    claim: (chain, id, actions, claim) =>
      write((transaction): ClaimResult => {
        // Checked before the row is read: otherwise the time would reveal that another chain has a long task.
        if (chainOf.get(id) !== chain) return { refusal: 'missing' };
        const found = byId.get({ id });
        if (!found) return { refusal: 'missing' };
        const now = clock();
        if (found.task.status === 'INPROGRESS' && isLiveLease(found.lease, now, claim.leaseMs))
          return { refusal: 'running' };
        if (!actions.includes(found.task.action ?? '')) return { refusal: 'unhandled' };
        return claimTask(transaction, id, claim, now, true) ?? { refusal: 'missing' };
      }),
    renew: (task, run, leaseMs) => write(() => leases.renew(task, run, clock() + leaseMs)),
    log: (task, run, entries) =>
      write(() => {
        if (findHeldTask(task, run)) addLogs(task, entries);
      }),
    finish: (id, run, { status, result, file, logs, now, nextTask, isMinimal = false }) =>
      write((transaction) => {
        const held = findHeldTask(id, run);
        if (!held) return undefined;
        fileRemoval.run(id);
        if (file !== null) fileInsertion.run(id, file);
        const version = nextVersion(held.task);
        const changes = { status, result, version, modifiedAt: toUnixSeconds(now) };
        const task = table.update(transaction, held.task, changes);
        const added =
          nextTask && !held.isRerun ? addNextTask(transaction, held.task, nextTask, now) : undefined;
        const entries = added ? [...logs, added.entry] : logs;
        const errors = added?.errors ?? [];
        if (isMinimal) return { task, errors };
        const refused = [
          ...tryLog(transaction, id, entries),
          ...tryWrite(transaction, () => leases.remove(id)),
        ];
        return { task, errors: [...errors, ...refused] };
      }),
    recordEnd: (task, run, end) => write(() => leases.recordEnd(task, run, end)),
    release: (task, run) => write(() => leases.release(task, run)),
    async warnOfUnsupported(actions, excludedTasks = []) {
      const now = clock();
      const ids = dueTasks.listUnsupported(actions, now).filter((id) => !excludedTasks.includes(id));
      if (ids.length === 0) return [];
      const message = unsupportedActionMessage(actions);
      return write((transaction) =>
        ids.filter(isReadyWithoutLog).flatMap((id) => {
          const refused = tryLog(transaction, id, [{ time: now, level: 'warning', message }]);
          return refused.map((error) => new UnwritableTaskError(id, undefined, error));
        }),
      );
    },
  };
}
