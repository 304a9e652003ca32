import { toUnixSeconds } from '../../time.ts';
import { isLiveLease } from '../model/leases.ts';
import { nextVersion } from '../model/task-version.ts';
import type {
  LeaseTimes,
  NewTask,
  ServicesTaskLifecycleQueries,
  StoredFile,
} from '../queries/services-task-lifecycle.ts';
import type { ServicesLogEntry, ServicesTaskRow } from '../rows.ts';
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

// Locked, so that no run renews it before the task is removed or reset.
const leaseEnd = statement<{ id: number }, { until: number }>(
  'lock-lease-end',
  'SELECT until FROM services_leases WHERE task = :id FOR UPDATE',
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

/** Returns the task, locked, unless a run holds it. */
async function lockIdle(transaction: WriteTransaction, id: number, times: LeaseTimes) {
  const task = await lockServicesTask(transaction, id);
  if (!task) return 'missing';
  if (task.status !== 'INPROGRESS') return task;
  const lease = (await transaction.first(leaseEnd, { id })) ?? null;
  return isLiveLease(lease, times) ? 'running' : task;
}

export function createServicesTaskLifecycleQueries(
  pool: Pool,
  { read, write }: Transactions,
): ServicesTaskLifecycleQueries {
  return {
    create: (chain, task, now, request) =>
      write((transaction) =>
        createOnce(transaction, request, () => insertReadyTask(transaction, chain, task, now)),
      ),
    remove: (id, times) =>
      write(async (transaction) => {
        const task = await lockIdle(transaction, id, times);
        if (typeof task === 'string') return task;
        await removeServicesTask(transaction, task);
        return 'removed';
      }),
    reset: (id, times) =>
      write(async (transaction) => {
        const task = await lockIdle(transaction, id, times);
        if (typeof task === 'string') return task;
        for (const removal of leaseAndFileRemovals) await transaction.run(removal, { id });
        await updateServicesTask(transaction, task, {
          ...{ status: 'READY', lastRunAt: null, result: null },
          ...{ modifiedAt: toUnixSeconds(times.now), version: nextVersion(task) },
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
