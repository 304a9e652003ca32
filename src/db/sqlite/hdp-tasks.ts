import { asc, gt, notInArray, type SQL, sql } from 'drizzle-orm';
import { isEnded } from '../model/hdp-stages.ts';
import { HDP_LIST } from '../model/lists.ts';
import { HDP_STATUSES } from '../model/statuses.ts';
import type { HdpTaskQueries } from '../queries/hdp-tasks.ts';
import type { Added, OnConflict } from '../store.ts';
import type { SqliteConnection } from './connection.ts';
import type { HdpTaskTable } from './hdp-task-table.ts';
import { atOrAfter, inOrder, inReverse, prepareList } from './lists/pages.ts';
import { prepareRead } from './read.ts';
import { type HdpTaskRow, hdpTasks, type NewHdpTask } from './schema.ts';
import { createHdpSearch } from './search/search.ts';
import type { Write } from './write-queue.ts';
import type { WriteTransaction } from './write-transaction.ts';

const BATCH = 500;

/** Adds a task in the transaction that the caller holds. */
export type AddHdpTask = (transaction: WriteTransaction, task: NewHdpTask, onConflict: OnConflict) => Added;

export function createHdpTaskQueries(
  db: SqliteConnection,
  table: HdpTaskTable,
  write: Write,
): HdpTaskQueries & { addOne: AddHdpTask } {
  const everything = prepareEverything(db);
  const search = createHdpSearch(db);
  const read = prepareRead(db.$client);
  const { id, uuid } = hdpTasks;

  const addOne: AddHdpTask = (transaction, task, onConflict) => {
    if (onConflict !== 'replace') {
      if (table.insert(transaction, task) !== undefined) return 'inserted';
      return onConflict === 'skip' ? 'skipped' : 'conflict';
    }
    const before = table.find(task.uuid);
    if (before) table.replace(transaction, before, task);
    else table.insert(transaction, task);
    return before ? 'replaced' : 'inserted';
  };

  const next = db
    .select()
    .from(hdpTasks)
    .where(
      gt(
        sql`(${hdpTasks.createdAt}, ${hdpTasks.uuid})`,
        sql`(${sql.placeholder('createdAt')}, ${sql.placeholder('uuid')})`,
      ),
    )
    .orderBy(asc(hdpTasks.createdAt), asc(hdpTasks.uuid))
    .limit(BATCH)
    .prepare();
  const unended = db
    .select({ uuid })
    .from(hdpTasks)
    .where(notInArray(hdpTasks.status, HDP_STATUSES.filter(isEnded)))
    .orderBy(asc(id))
    .limit(sql.placeholder('limit'))
    .prepare();
  const any = db.select({ id: hdpTasks.id }).from(hdpTasks).limit(1).prepare();

  return {
    async list(term, slice) {
      return read(() => (term === '' ? everything.descending(HDP_LIST, {}, slice) : search(term, slice)));
    },
    add: (task, onConflict) => write((transaction) => addOne(transaction, task, onConflict)),
    addAll: (tasks, onConflict) =>
      write((transaction) => tasks.map((task) => addOne(transaction, task, onConflict))),
    addOne,
    async *all() {
      let last: Pick<HdpTaskRow, 'createdAt' | 'uuid'> = { createdAt: Number.MIN_SAFE_INTEGER, uuid: '' };
      for (;;) {
        const rows = next.all(last);
        const end = rows.at(-1);
        if (!end) return;
        yield rows;
        last = end;
      }
    },
    async unended(limit) {
      return unended.all({ limit }).map((task) => task.uuid);
    },
    async isEmpty() {
      return any.get() === undefined;
    },
  };
}

const ORDER = { position: hdpTasks.createdAt, tie: hdpTasks.uuid };

function prepareEverything(db: SqliteConnection) {
  const rows = (condition: SQL | undefined, order: SQL[]) =>
    db
      .select()
      .from(hdpTasks)
      .where(condition)
      .orderBy(...order)
      .limit(sql.placeholder('limit'))
      .offset(sql.placeholder('offset'))
      .prepare();
  return prepareList(db, {
    ascending: rows(atOrAfter(ORDER), inOrder(ORDER)),
    descending: rows(undefined, inReverse(ORDER)),
  });
}
