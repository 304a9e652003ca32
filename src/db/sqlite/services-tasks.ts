import { and, asc, eq, gt, type SQL, sql } from 'drizzle-orm';
import { type ServicesTaskFilter, servicesListName } from '../model/lists.ts';
import { FIRST_KEY } from '../model/sort-key.ts';
import type { AddedServicesTask, AddOptions, ServicesTaskQueries } from '../queries/services-tasks.ts';
import type { NewServicesTask, ServicesTaskRow } from '../rows.ts';
import type { SqliteConnection } from './connection.ts';
import { BATCH_SIZE, prepareList, readBatches } from './lists/pages.ts';
import { prepareRead } from './read-transaction.ts';
import { servicesTasks } from './schema.ts';
import type { ServicesTaskTable } from './services-task-table.ts';
import type { Write } from './write-queue.ts';
import type { WriteTransaction } from './write-transaction.ts';

/** Adds a task in the caller's transaction. */
export type AddServicesTask = (
  transaction: WriteTransaction,
  task: NewServicesTask,
  options: AddOptions,
) => AddedServicesTask;

export function createServicesTaskQueries(
  db: SqliteConnection,
  table: ServicesTaskTable,
  write: Write,
): ServicesTaskQueries & { addOne: AddServicesTask } {
  const lists = new Map<string, ReturnType<typeof prepareFiltered>>();
  const listFor = (filter: ServicesTaskFilter) => {
    const shape = [filter.status, filter.action, filter.campaign].map((value) => value !== undefined).join();
    const list = lists.get(shape) ?? prepareFiltered(db, filter);
    lists.set(shape, list);
    return list;
  };
  const read = prepareRead(db.$client);

  const afterId = gt(servicesTasks.id, sql.placeholder('after'));
  const inChain = eq(servicesTasks.chain, sql.placeholder('chain'));
  const nextWhere = (condition: SQL | undefined) =>
    db
      .select()
      .from(servicesTasks)
      .where(condition)
      .orderBy(asc(servicesTasks.id))
      .limit(BATCH_SIZE)
      .prepare();
  const nextOfAll = nextWhere(afterId);
  const nextOfChain = nextWhere(and(inChain, afterId));
  const any = db.select({ id: servicesTasks.id }).from(servicesTasks).limit(1).prepare();

  const readFrom = (readAfter: (after: number) => ServicesTaskRow[]) =>
    readBatches<ServicesTaskRow>((last) => readAfter(last?.id ?? FIRST_KEY.position));

  function addOne(
    transaction: WriteTransaction,
    task: NewServicesTask,
    { onConflict, allowChainChange = true }: AddOptions,
  ): AddedServicesTask {
    if (onConflict !== 'replace') {
      if (table.insert(transaction, task)) return { added: 'inserted' };
      return { added: onConflict === 'skip' ? 'skipped' : 'conflict' };
    }
    const before = table.find(task.id);
    if (!before) {
      table.insert(transaction, task);
      return { added: 'inserted' };
    }
    if (before.chain !== task.chain && !allowChainChange) return { added: 'conflict', ofChain: before.chain };
    table.replace(transaction, before, task);
    return { added: 'replaced' };
  }

  return {
    async list(chain, filter, slice) {
      const list = listFor(filter);
      return read(() => list.ascending(servicesListName(chain, filter), { chain, ...filter }, slice));
    },
    add: (task, onConflict) => write((transaction) => addOne(transaction, task, { onConflict }).added),
    addAll: (tasks, options) =>
      write((transaction) => tasks.map((task) => addOne(transaction, task, options))),
    addOne,
    listAcrossChains: () => readFrom((after) => nextOfAll.all({ after })),
    listAll: (chain) => readFrom((after) => nextOfChain.all({ chain, after })),
    async isEmpty() {
      return any.get() === undefined;
    },
  };
}

function prepareFiltered(db: SqliteConnection, filter: ServicesTaskFilter) {
  const condition = and(
    eq(servicesTasks.chain, sql.placeholder('chain')),
    filter.status === undefined ? undefined : eq(servicesTasks.status, sql.placeholder('status')),
    filter.action === undefined ? undefined : eq(servicesTasks.action, sql.placeholder('action')),
    filter.campaign === undefined ? undefined : eq(servicesTasks.campaign, sql.placeholder('campaign')),
  );
  return prepareList(db, {
    prepareRows: (where, orderBy) =>
      db
        .select()
        .from(servicesTasks)
        .where(where)
        .orderBy(...orderBy)
        .limit(sql.placeholder('limit'))
        .offset(sql.placeholder('offset'))
        .prepare(),
    sortColumns: { position: servicesTasks.id },
    condition,
  });
}
