/** Claims Services tasks for runs. */
import { toUnixSeconds } from '../../time.ts';
import { isLiveLease, isRerun, type LeaseSearch, leaseOwner, parseRecordedEnd } from '../model/leases.ts';
import { nextVersion } from '../model/task-version.ts';
import { CLAIMED_AGAIN, CLAIMED_WITHOUT_LEASE, type Claim, type ClaimedTask } from '../queries/task-runs.ts';
import type { ServicesTaskRow } from '../rows.ts';
import { type ClockValues, NOW } from './clock.ts';
import type { Connection } from './connection.ts';
import type { DueTasks } from './due-tasks.ts';
import { tryLog } from './optional-writes.ts';
import { servicesTasks } from './schema.ts';
import { updateServicesTask } from './services-task-table.ts';
import { columnsOf, statement } from './statements.ts';
import { claimLease, findClaimable, lockLease, transferLease } from './task-leases.ts';
import type { WriteTransaction } from './transactions.ts';

/** The columns of a lease next to those of its task, null without a lease; and the time of the server's clock. */
interface LeaseColumns {
  now: number;
  owner: string | null;
  until: number | null;
  attempts: number | null;
  recordedEnd: string | null;
}

export interface LeasedTask {
  task: ServicesTaskRow;
  lease: { owner: string; until: number; attempts: number; recordedEnd: string | null } | null;
  /** When both were read, by the server's clock. */
  now: number;
}

const LEASED_TASK = `SELECT ${columnsOf(servicesTasks, 'task')},
  lease.owner, lease.until, lease.attempts, lease.recorded_end AS "recordedEnd", ${NOW} AS now
  FROM services_tasks AS task LEFT JOIN services_leases AS lease ON lease.task = task.id WHERE task.id = :id`;

const lockWaiting = statement<{ id: number }, object>(
  'lock-task',
  'SELECT 1 FROM services_tasks WHERE id = :id FOR UPDATE',
);

const lockSkipping = statement<{ id: number }, object>(
  'lock-task-or-skip',
  'SELECT 1 FROM services_tasks WHERE id = :id FOR UPDATE SKIP LOCKED',
);

const leasedTask = statement<ClockValues & { id: number }, ServicesTaskRow & LeaseColumns>(
  'find-leased-task',
  LEASED_TASK,
);

/** Returns a task, which the caller has locked, with its lease, which is locked now. */
async function findLeasedTask(
  transaction: WriteTransaction,
  id: number,
  clock: number | null,
): Promise<LeasedTask | undefined> {
  // The clock is read after the wait for the lock.
  await lockLease(transaction, id);
  const row = await transaction.first(leasedTask, { id, clock });
  if (!row) return undefined;
  const { owner, until, attempts, recordedEnd, now, ...task } = row;
  const hasLease = owner !== null && until !== null && attempts !== null;
  return { task, lease: hasLease ? { owner, until, attempts, recordedEnd } : null, now };
}

/** Locks a task and returns it with its lease. Waits for other transactions. */
export async function lockLeasedTask(
  transaction: WriteTransaction,
  id: number,
  clock: number | null,
): Promise<LeasedTask | undefined> {
  return (await transaction.first(lockWaiting, { id })) && findLeasedTask(transaction, id, clock);
}

/** Returns the id of the task to claim next, without a lock. */
export async function nextTask(
  connection: Connection,
  dueTasks: DueTasks,
  search: LeaseSearch & ClockValues,
  lastChain: number | undefined,
): Promise<number | undefined> {
  const claimable = await findClaimable(connection, search);
  if (claimable !== undefined) return claimable;
  return (await dueTasks.next(connection, { ...search, lastChain }))?.id;
}

/** Locks the next task. Skips tasks that other transactions have locked, or have just claimed. */
export async function lockNext(
  transaction: WriteTransaction,
  dueTasks: DueTasks,
  search: LeaseSearch & ClockValues,
  lastChain: number | undefined,
): Promise<LeasedTask | undefined> {
  const excludedTasks = [...search.excludedTasks];
  for (;;) {
    const id = await nextTask(transaction, dueTasks, { ...search, excludedTasks }, lastChain);
    if (id === undefined) return undefined;
    const isLocked = (await transaction.first(lockSkipping, { id })) !== undefined;
    const found = isLocked ? await findLeasedTask(transaction, id, search.clock) : undefined;
    if (found && isClaimable(found, search.leaseMs)) return found;
    excludedTasks.push(id);
  }
}

const isClaimable = ({ task, lease, now }: LeasedTask, leaseMs: number): boolean =>
  task.status === 'READY' ||
  (task.status === 'INPROGRESS' && lease !== null && !isLiveLease(lease, now, leaseMs));

/** Claims a locked task that no run holds. @param isRequested true if a client asks for this run */
export async function claimTask(
  transaction: WriteTransaction,
  { task: before, lease, now }: LeasedTask,
  { run, leaseMs }: Claim,
  isRequested: boolean,
): Promise<ClaimedTask> {
  const { id } = before;
  const until = now + leaseMs;
  const isInProgress = before.status === 'INPROGRESS';
  const owner = leaseOwner(run, isInProgress ? isRerun(lease?.owner ?? '') : before.status !== 'READY');
  if (isInProgress && lease?.recordedEnd) {
    await transferLease(transaction, id, owner, until);
    const recordedEnd = parseRecordedEnd(lease.recordedEnd);
    return { task: before, claimedAt: now, attempts: lease.attempts, recordedEnd };
  }
  // A run that released its task did not fail. A client's request begins the count again.
  const failed = lease?.until === 0 ? 0 : 1;
  const attempts = isInProgress && lease && !isRequested ? lease.attempts + failed : 1;
  await claimLease(transaction, id, owner, until, attempts);
  const message = lease ? CLAIMED_AGAIN : CLAIMED_WITHOUT_LEASE;
  const [logError] = isInProgress
    ? await tryLog(transaction, id, [{ time: now, level: 'warning', message }])
    : [];
  const task = await updateServicesTask(transaction, before, {
    status: 'INPROGRESS',
    version: isInProgress ? before.version : nextVersion(before),
    lastRunAt: toUnixSeconds(now),
    modifiedAt: toUnixSeconds(now),
  });
  return { task, claimedAt: now, attempts, logError };
}
