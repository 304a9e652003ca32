import { and, desc, eq, ne, sql } from 'drizzle-orm';
import { toUnixSeconds } from '../../time.ts';
import { isLiveLease } from '../model/leases.ts';
import { nextVersion } from '../model/task-version.ts';
import type { NewTask, ServicesTaskLifecycleQueries } from '../queries/services-task-lifecycle.ts';
import type { ServicesTaskRow } from '../rows.ts';
import type { SqliteConnection } from './connection.ts';
import type { CreateOnce } from './idempotency.ts';
import { prepareRead } from './read-transaction.ts';
import { servicesFiles, servicesLeases, servicesLogs, servicesTasks } from './schema.ts';
import type { ServicesTaskTable } from './services-task-table.ts';
import { prepareFor } from './statements.ts';
import type { Write } from './write-queue.ts';
import type { WriteTransaction } from './write-transaction.ts';

/** Inserts a READY task of a chain. @param now Unix seconds */
export function insertReadyTask(
  table: ServicesTaskTable,
  transaction: WriteTransaction,
  chain: number,
  task: NewTask,
  now: number,
): ServicesTaskRow {
  const id = table.insertNew(transaction, {
    ...task,
    chain,
    status: 'READY',
    version: 0,
    lastRunAt: null,
    result: null,
    createdAt: now,
    modifiedAt: now,
  });
  const inserted = table.find(id);
  if (!inserted) throw new Error('The task was not inserted.');
  return inserted;
}

export function createServicesTaskLifecycleQueries(
  db: SqliteConnection,
  table: ServicesTaskTable,
  write: Write,
  createOnce: CreateOnce,
  clock: () => number,
): ServicesTaskLifecycleQueries {
  const { $client: sqlite } = db;
  const read = prepareRead(sqlite);
  const logEntries = db
    .select()
    .from(servicesLogs)
    .where(eq(servicesLogs.task, sql.placeholder('id')))
    .orderBy(desc(servicesLogs.id))
    .limit(sql.placeholder('limit'))
    .offset(sql.placeholder('offset'))
    .prepare();
  const byTask = sql.placeholder('id');
  const leaseOf = db.select().from(servicesLeases).where(eq(servicesLeases.task, byTask)).prepare();
  const [leaseRemoval, fileRemoval] = [servicesLeases, servicesFiles].map((children) =>
    prepareFor<Pick<ServicesTaskRow, 'id'>>(sqlite, db.delete(children).where(eq(children.task, byTask))),
  );
  const file = db
    .select({ path: servicesFiles.path, chain: servicesTasks.chain })
    .from(servicesFiles)
    .innerJoin(servicesTasks, eq(servicesTasks.id, servicesFiles.task))
    // A READY task has not run, so it has no file.
    .where(and(eq(servicesFiles.task, byTask), ne(servicesTasks.status, 'READY')))
    .prepare();

  /** Returns the task, unless a run holds it. */
  function findIdle(id: number, now: number, leaseMs: number) {
    const task = table.find(id);
    if (!task) return 'missing';
    const isRunning = task.status === 'INPROGRESS' && isLiveLease(leaseOf.get({ id }) ?? null, now, leaseMs);
    return isRunning ? 'running' : task;
  }

  // The chain is a condition: otherwise the time would reveal that another chain has a long task.
  const inChain = and(eq(servicesTasks.id, byTask), eq(servicesTasks.chain, sql.placeholder('chain')));
  const findInChain = db.select().from(servicesTasks).where(inChain).prepare();
  const findTask = (chain: number, id: number): ServicesTaskRow | undefined => findInChain.get({ chain, id });

  return {
    create: (chain, task, now, request) =>
      write((transaction) =>
        createOnce(request, () => insertReadyTask(table, transaction, chain, task, now)),
      ),
    remove: (id, leaseMs) =>
      write((transaction) => {
        const task = findIdle(id, clock(), leaseMs);
        if (typeof task === 'string') return task;
        table.remove(transaction, task);
        return 'removed';
      }),
    reset: (id, leaseMs) =>
      write((transaction) => {
        const now = clock();
        const task = findIdle(id, now, leaseMs);
        if (typeof task === 'string') return task;
        leaseRemoval?.run({ id });
        fileRemoval?.run({ id });
        const modifiedAt = toUnixSeconds(now);
        const version = nextVersion(task);
        table.update(transaction, task, {
          status: 'READY',
          lastRunAt: null,
          result: null,
          modifiedAt,
          version,
        });
        return 'reset';
      }),
    find: async (chain, id) => findTask(chain, id),
    async findLogged(chain, id, slice) {
      return read(() => {
        const task = findTask(chain, id);
        return task && { task, logs: logEntries.all({ id, ...slice }) };
      });
    },
    async findFile(id) {
      const found = file.get({ id });
      // A file in another chain's folder does not belong to this task.
      return found?.path.startsWith(`${found.chain}/`) ? found : undefined;
    },
  };
}
