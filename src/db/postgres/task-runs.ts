import { toUnixSeconds } from '../../time.ts';
import { isLiveLease, isOwnedBy, isRerun } from '../model/leases.ts';
import { nextVersion } from '../model/task-version.ts';
import { unsupportedActionMessage } from '../model/unsupported-action.ts';
import {
  type ClaimResult,
  type FinishedRun,
  type NewLogEntry,
  type RunEnd,
  type TaskRunQueries,
  UnwritableTaskError,
} from '../queries/task-runs.ts';
import type { ServicesTaskRow } from '../rows.ts';
import { type Clock, type ClockValues, NOW } from './clock.ts';
import type { Pool } from './connection.ts';
import { createDueTasks } from './due-tasks.ts';
import { isUnavailable } from './errors.ts';
import { addLogs, tryLog, tryWrite } from './optional-writes.ts';
import { insertReadyTask } from './services-task-lifecycle.ts';
import { findServicesTask, updateServicesTask } from './services-task-table.ts';
import { statement } from './statements.ts';
import { claimTask, lockLeasedTask, lockNext, nextTask } from './task-claims.ts';
import {
  listUnsuspected,
  recordLeaseEnd,
  releaseLease,
  removeLease,
  renewLease,
  suspect,
} from './task-leases.ts';
import type { Write, WriteTransaction } from './transactions.ts';

const chainOf = statement<{ id: number }, { chain: number }>(
  'find-chain-of-task',
  'SELECT chain FROM services_tasks WHERE id = :id',
);

const fileRemoval = statement<{ id: number }>('remove-file', 'DELETE FROM services_files WHERE task = :id');

const fileInsertion = statement<{ id: number; path: string }>(
  'insert-file',
  'INSERT INTO services_files (task, path) VALUES (:id, :path)',
);

// Another runner that writes the same warning holds the lock.
const readyWithoutLog = statement<ClockValues & { id: number }, { now: number }>(
  'lock-ready-task-without-log',
  `SELECT ${NOW} AS now FROM services_tasks AS task WHERE id = :id AND status = 'READY'
     AND NOT EXISTS (SELECT 1 FROM services_logs AS log WHERE log.task = task.id)
   FOR UPDATE SKIP LOCKED`,
);

/** Locks and returns the run's task, or undefined if the run has lost it. */
async function lockHeldTask(transaction: WriteTransaction, id: number, run: string) {
  const found = await lockLeasedTask(transaction, id, null);
  const owner = found?.lease?.owner;
  if (found?.task.status !== 'INPROGRESS' || owner === undefined || !isOwnedBy(owner, run)) return undefined;
  return { task: found.task, isRerun: isRerun(owner) };
}

/** Inserts the next task of the series, if the database accepts it. @returns the log entry that tells the outcome */
async function addNextTask(
  transaction: WriteTransaction,
  task: ServicesTaskRow,
  next: NonNullable<RunEnd['nextTask']>,
  now: number,
): Promise<{ errors: Error[]; entry: NewLogEntry }> {
  const { chain, description, target, debug } = task;
  const { once, ...schedule } = next;
  let message = "The next run could not be created; the server's log says why.";
  const errors = await tryWrite(transaction, async () => {
    const values = { description, target, debug, ...schedule };
    const added = await insertReadyTask(transaction, chain, values, toUnixSeconds(now));
    message = `The next run is task ${added.id}, at ${once}.`;
  });
  return { errors, entry: { time: now, level: errors.length === 0 ? 'info' : 'error', message } };
}

async function finishRun(
  transaction: WriteTransaction,
  id: number,
  run: string,
  { status, result, file, logs, now, nextTask: next, isMinimal = false }: RunEnd,
): Promise<FinishedRun | undefined> {
  const held = await lockHeldTask(transaction, id, run);
  if (!held) return undefined;
  await transaction.run(fileRemoval, { id });
  if (file !== null) await transaction.run(fileInsertion, { id, path: file });
  const version = nextVersion(held.task);
  const changes = { status, result, version, modifiedAt: toUnixSeconds(now) };
  const task = await updateServicesTask(transaction, held.task, changes);
  const added = next && !held.isRerun ? await addNextTask(transaction, held.task, next, now) : undefined;
  const entries = added ? [...logs, added.entry] : logs;
  const errors = added?.errors ?? [];
  if (isMinimal) return { task, errors };
  const refusedLogs = await tryLog(transaction, id, entries);
  const refusedLease = await tryWrite(transaction, () => removeLease(transaction, id));
  return { task, errors: [...errors, ...refusedLogs, ...refusedLease] };
}

export function createTaskRunQueries(pool: Pool, write: Write, clock: Clock): TaskRunQueries {
  const dueTasks = createDueTasks();
  return {
    async claimNext(actions, claim, lastChain, excludedTasks = []) {
      const search = { actions, leaseMs: claim.leaseMs, excludedTasks, clock: clock() };
      // Most of the time there is no task: this read avoids a transaction that writes.
      const expired = await listUnsuspected(pool, search);
      const next = expired.length > 0 || (await nextTask(pool, dueTasks, search, lastChain)) !== undefined;
      if (!next) return undefined;
      let taskInWriting: number | undefined;
      try {
        return await write(async (transaction) => {
          taskInWriting = expired[0];
          await suspect(transaction, expired, search);
          const locked = await lockNext(transaction, dueTasks, search, lastChain);
          taskInWriting = locked?.task.id;
          return locked && claimTask(transaction, locked, claim, false);
        });
      } catch (error) {
        if (taskInWriting === undefined || isUnavailable(error)) throw error;
        const task = await findServicesTask(pool, taskInWriting);
        throw new UnwritableTaskError(taskInWriting, task?.chain, error);
      }
    },
    claim: (chain, id, actions, claim) =>
      write(async (transaction): Promise<ClaimResult> => {
        // Checked before the row is read: otherwise the time would reveal that another chain has a long task.
        if ((await transaction.first(chainOf, { id }))?.chain !== chain) return { refusal: 'missing' };
        const found = await lockLeasedTask(transaction, id, clock());
        if (!found) return { refusal: 'missing' };
        if (found.task.status === 'INPROGRESS' && isLiveLease(found.lease, found.now, claim.leaseMs))
          return { refusal: 'running' };
        if (!actions.includes(found.task.action ?? '')) return { refusal: 'unhandled' };
        return claimTask(transaction, found, claim, true);
      }),
    renew: (task, run, leaseMs) => renewLease(pool, task, run, { leaseMs, clock: clock() }),
    log: (task, run, entries) =>
      write(async (transaction) => {
        if (await lockHeldTask(transaction, task, run)) await addLogs(transaction, task, entries);
      }),
    finish: (id, run, end) => write((transaction) => finishRun(transaction, id, run, end)),
    recordEnd: (task, run, end) => recordLeaseEnd(pool, task, run, end),
    async release(task, run) {
      await releaseLease(pool, task, run);
    },
    async warnOfUnsupported(actions, excludedTasks = []) {
      const found = await dueTasks.listUnsupported(pool, actions, clock());
      const ids = found.filter((id) => !excludedTasks.includes(id));
      if (ids.length === 0) return [];
      const message = unsupportedActionMessage(actions);
      return write(async (transaction) => {
        const errors: UnwritableTaskError[] = [];
        for (const id of ids) {
          const ready = await transaction.first(readyWithoutLog, { id, clock: clock() });
          if (!ready) continue;
          const refused = await tryLog(transaction, id, [{ time: ready.now, level: 'warning', message }]);
          errors.push(...refused.map((error) => new UnwritableTaskError(id, undefined, error)));
        }
        return errors;
      });
    },
  };
}
