import { asc, eq, gt, notInArray, type SQL, sql } from 'drizzle-orm';
import { isEnded } from '../hdp-stages.ts';
import {
  HDP_STATUSES,
  type HdpTaskRow,
  hdpMmrs,
  hdpTaskDetails,
  hdpTasks,
  hdpTransitions,
  hdpWebhooks,
  type NewHdpTask,
} from '../schema.ts';
import { createHdpSearch } from '../sqlite/search/search.ts';
import type { SqliteConnection } from '../sqlite.ts';
import type { Added, OnConflict, Page, Slice } from '../store.ts';
import { prepareAdd, writtenColumns } from './add.ts';
import type { BulkCounting } from './bulk.ts';
import { atOrAfter, inOrder, inReverse, prepareList } from './lists.ts';

export interface HdpTaskQueries {
  /**
   * One page of the public list, `createdAt` newest first, then `uuid` descending, with the exact total. A
   * non-empty `search` keeps the tasks whose uuid, program hash or program name contains it, case-folded (contract B2).
   */
  list(search: string, slice: Slice): Promise<Page<HdpTaskRow>>;
  /** Adds a task, or does what `onConflict` says when its uuid is taken; replacing it deletes its history too. */
  add(task: NewHdpTask, onConflict: OnConflict): Promise<Added>;
  /** Every task, oldest first (`createdAt`, then `uuid`, ascending), in batches. */
  all(): AsyncIterable<HdpTaskRow[]>;
  /** The uuids of tasks that have not ended, the first made here first; it looks at every task. */
  unended(limit: number): Promise<string[]>;
  /** Whether there is no task at all. */
  isEmpty(): Promise<boolean>;
}

const BATCH = 500;

/** The list of all tasks, as the view `hdp_members` names it. */
const LIST = '["hdp"]';

/** @param bulk where an import counts the rows that it adds, while it does */
export function createHdpTaskQueries(db: SqliteConnection, bulk: BulkCounting): HdpTaskQueries {
  const everything = prepareEverything(db);
  const search = createHdpSearch(db);

  const { values } = writtenColumns(hdpTasks, ['id']);
  // What an update writes, a trigger turns into the program.
  const { proposed } = writtenColumns(hdpTasks, ['id', 'programId']);
  const { id, uuid } = hdpTasks;
  const add = prepareAdd<typeof hdpTasks.$inferInsert, Pick<HdpTaskRow, 'id'>>(db, {
    insert: db.insert(hdpTasks).values(values).onConflictDoNothing({ target: uuid }).returning({ id }),
    replace: db.insert(hdpTasks).values(values).onConflictDoUpdate({ target: uuid, set: proposed }),
    onInserted: (task, written) => {
      bulk.lists?.add(LIST, { position: task.createdAt, tie: task.uuid });
      bulk.search?.add(written.id, task);
    },
  });

  const deleteHistory = prepareDeleteHistory(db);

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
      return db.transaction(() => (term === '' ? everything.descending({}, slice) : search(term, slice)));
    },
    async add(task, onConflict) {
      const added = add({ ...task, programId: bulk.search?.programId(task) ?? null }, onConflict);
      if (added === 'replaced') deleteHistory(task.uuid);
      return added;
    },
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

/**
 * Prepares the deletion of all that belongs to a task next to its row: transitions, MMRs, input, webhook URL and unsent
 * or sent webhooks. A replaced task then is as one that was imported for the first time.
 */
function prepareDeleteHistory(db: SqliteConnection): (uuid: string) => void {
  const task = db
    .select({ id: hdpTasks.id })
    .from(hdpTasks)
    .where(eq(hdpTasks.uuid, sql.placeholder('uuid')));
  const deletions = [hdpTransitions, hdpMmrs, hdpTaskDetails, hdpWebhooks].map((table) =>
    db.delete(table).where(eq(table.task, task)).prepare(),
  );
  return (uuid) => {
    for (const deletion of deletions) deletion.run({ uuid });
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
    list: sql`json_array('hdp')`,
    ascending: rows(atOrAfter(ORDER), inOrder(ORDER)),
    descending: rows(undefined, inReverse(ORDER)),
  });
}
