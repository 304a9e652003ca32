import { toUnixSeconds } from '../../time.ts';
import { isLiveLease } from '../model/leases.ts';
import { nextVersion } from '../model/task-version.ts';
import type {
  NewTask,
  ServicesTaskLifecycleQueries,
  StoredFile,
} from '../queries/services-task-lifecycle.ts';
import type { ServicesLogEntry, ServicesTaskRow } from '../rows.ts';
import { type Clock, type ClockValues, NOW } from './clock.ts';
import type { Pool } from './connection.ts';
import { createOnce } from './idempotency.ts';
import { servicesLogs, servicesTasks } from './schema.ts';
import {
  insertNewServicesTask,
  lockServicesTask,
  removeServicesTask,
  updateServicesTask,
} from './services-task-table.ts';
import { columnsOf, statement } from './statements.ts';
import { lockLease } from './task-leases.ts';
import type { Transactions, WriteTransaction } from './transactions.ts';

// The chain is a condition: otherwise the time would reveal that another chain has a long task.
const inChain = statement<{ chain: number; id: number }, ServicesTaskRow>(
  'find-services-task-of-chain',
  `SELECT ${columnsOf(servicesTasks)} FROM services_tasks WHERE id = :id AND chain = :chain`,
);

const logEntries = statement<{ id: number; limit: number; offset: number }, ServicesLogEntry>(
  'list-logs',
  `SELECT ${columnsOf(servicesLogs)} FROM services_logs WHERE task = :id ORDER BY id DESC LIMIT :limit OFFSET :offset`,
);

const leaseEnd = statement<ClockValues & { id: number }, { until: number | null; now: number }>(
  'find-lease-end',
  `SELECT (SELECT until FROM services_leases WHERE task = :id) AS until, ${NOW} AS now`,
);

const leaseAndFileRemovals = ['services_leases', 'services_files'].map((table) =>
  statement<{ id: number }>(`reset-${table}`, `DELETE FROM ${table} WHERE task = :id`),
);

// A READY task has not run, so it has no file.
const file = statement<{ id: number }, StoredFile>(
  'find-services-file',
  `SELECT file.path, task.chain FROM services_files AS file JOIN services_tasks AS task ON task.id = file.task
   WHERE file.task = :id AND task.status <> 'READY'`,
);

/** Inserts a READY task of a chain. @param now Unix seconds */
export function insertReadyTask(
  transaction: WriteTransaction,
  chain: number,
  task: NewTask,
  now: number,
): Promise<ServicesTaskRow> {
  return insertNewServicesTask(transaction, {
    ...task,
    ...{ chain, status: 'READY', version: 0, lastRunAt: null, result: null, createdAt: now, modifiedAt: now },
  });
}

/** Returns the task, locked, and the time of the server's clock, unless a run holds the task. */
async function lockIdle(
  transaction: WriteTransaction,
  { id, leaseMs, clock }: ClockValues & { id: number; leaseMs: number },
) {
  const task = await lockServicesTask(transaction, id);
  if (!task) return 'missing';
  // Locked, so that no run renews it before the task is removed or reset. The clock is read after the wait.
  await lockLease(transaction, id);
  const found = await transaction.first(leaseEnd, { id, clock });
  if (!found) throw new Error('The statement returned no row.');
  const { until, now } = found;
  const lease = until === null ? null : { until };
  return task.status === 'INPROGRESS' && isLiveLease(lease, now, leaseMs) ? 'running' : { task, now };
}

export function createServicesTaskLifecycleQueries(
  pool: Pool,
  { read, write }: Transactions,
  clock: Clock,
): ServicesTaskLifecycleQueries {
  return {
    create: (chain, task, now, request) =>
      write((transaction) =>
        createOnce(transaction, request, () => insertReadyTask(transaction, chain, task, now)),
      ),
    remove: (id, leaseMs) =>
      write(async (transaction) => {
        const idle = await lockIdle(transaction, { id, leaseMs, clock: clock() });
        if (typeof idle === 'string') return idle;
        await removeServicesTask(transaction, idle.task);
        return 'removed';
      }),
    reset: (id, leaseMs) =>
      write(async (transaction) => {
        const idle = await lockIdle(transaction, { id, leaseMs, clock: clock() });
        if (typeof idle === 'string') return idle;
        const { task, now } = idle;
        for (const removal of leaseAndFileRemovals) await transaction.run(removal, { id });
        await updateServicesTask(transaction, task, {
          ...{ status: 'READY', lastRunAt: null, result: null },
          ...{ modifiedAt: toUnixSeconds(now), version: nextVersion(task) },
        });
        return 'reset';
      }),
    find: (chain, id) => pool.first(inChain, { chain, id }),
    findLogged: (chain, id, slice) =>
      read(async (connection) => {
        const task = await connection.first(inChain, { chain, id });
        return task && { task, logs: await connection.all(logEntries, { id, ...slice }) };
      }),
    async findFile(id) {
      const found = await pool.first(file, { id });
      // A file in another chain's folder does not belong to this task.
      return found?.path.startsWith(`${found.chain}/`) ? found : undefined;
    },
  };
}
