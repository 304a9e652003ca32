import { asc, gt, notInArray, sql } from 'drizzle-orm';
import { isEnded } from '../model/hdp-stages.ts';
import { HDP_LIST } from '../model/lists.ts';
import { FIRST_KEY } from '../model/sort-key.ts';
import { HDP_STATUSES } from '../model/statuses.ts';
import type { HdpTaskQueries } from '../queries/hdp-tasks.ts';
import type { HdpTaskRow, NewHdpTask } from '../rows.ts';
import type { AddResult, OnConflict } from '../store.ts';
import type { SqliteConnection } from './connection.ts';
import type { HdpTaskTable } from './hdp-task-table.ts';
import { BATCH_SIZE, prepareList, readBatches } from './lists/pages.ts';
import { prepareRead } from './read-transaction.ts';
import { hdpTasks } from './schema.ts';
import { createHdpSearch } from './search/search.ts';
import type { Write } from './write-queue.ts';
import type { WriteTransaction } from './write-transaction.ts';

/** Adds a task in the caller's transaction. */
export type AddHdpTask = (
  transaction: WriteTransaction,
  task: NewHdpTask,
  onConflict: OnConflict,
) => AddResult;

export function createHdpTaskQueries(
  db: SqliteConnection,
  table: HdpTaskTable,
  write: Write,
): HdpTaskQueries & { addOne: AddHdpTask } {
  const allTasks = prepareAllTasks(db);
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
    .limit(BATCH_SIZE)
    .prepare();
  const unfinished = db
    .select({ uuid })
    .from(hdpTasks)
    .where(notInArray(hdpTasks.status, HDP_STATUSES.filter(isEnded)))
    .orderBy(asc(id))
    .limit(sql.placeholder('limit'))
    .prepare();
  const any = db.select({ id: hdpTasks.id }).from(hdpTasks).limit(1).prepare();

  return {
    async list(term, slice) {
      return read(() => (term === '' ? allTasks.descending(HDP_LIST, {}, slice) : search(term, slice)));
    },
    add: (task, onConflict) => write((transaction) => addOne(transaction, task, onConflict)),
    addAll: (tasks, onConflict) =>
      write((transaction) => tasks.map((task) => addOne(transaction, task, onConflict))),
    addOne,
    listAll: () => readBatches<HdpTaskRow>((last) => next.all(last ?? BEFORE_ALL)),
    async listUnfinished(limit) {
      return unfinished.all({ limit }).map((task) => task.uuid);
    },
    async isEmpty() {
      return any.get() === undefined;
    },
  };
}

const BEFORE_ALL = { createdAt: FIRST_KEY.position, uuid: FIRST_KEY.tie };

function prepareAllTasks(db: SqliteConnection) {
  return prepareList(db, {
    prepareRows: (condition, orderBy) =>
      db
        .select()
        .from(hdpTasks)
        .where(condition)
        .orderBy(...orderBy)
        .limit(sql.placeholder('limit'))
        .offset(sql.placeholder('offset'))
        .prepare(),
    sortColumns: { position: hdpTasks.createdAt, tie: hdpTasks.uuid },
  });
}
