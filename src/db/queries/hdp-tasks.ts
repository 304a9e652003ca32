import { asc, count, desc, gt, or, type SQL, sql } from 'drizzle-orm';
import { fold } from '../fold.ts';
import { type HdpTaskRow, hdpTasks, type NewHdpTask } from '../schema.ts';
import type { SqliteConnection } from '../sqlite.ts';
import type { Added, OnConflict, Page, Slice } from '../store.ts';
import { addRow, writtenColumns } from './add.ts';
import type { BulkCounting } from './list-builder.ts';
import { atOrAfter, inOrder, inReverse, prepareList } from './lists.ts';

export interface HdpTaskQueries {
  /**
   * One page of the public list, `createdAt` newest first, then `uuid` descending, with the exact total. A
   * non-empty `search` keeps the tasks whose uuid, program hash or program name contains it, case-folded (contract B2).
   */
  list(search: string, slice: Slice): Promise<Page<HdpTaskRow>>;
  /** Adds a task, or does what `onConflict` says when its uuid is taken. */
  add(task: NewHdpTask, onConflict: OnConflict): Promise<Added>;
  /** Every task, oldest first (`createdAt`, then `uuid`, ascending), in batches. */
  all(): AsyncIterable<HdpTaskRow[]>;
  /** Whether there is no task at all. */
  isEmpty(): Promise<boolean>;
}

const BATCH = 500;

/** The list of all tasks, as the view `hdp_members` names it. */
const LIST = '["hdp"]';
const memberOf = { position: hdpTasks.createdAt, tie: hdpTasks.uuid };

/** @param bulk where an import counts the rows that it adds, while it does */
export function createHdpTaskQueries(db: SqliteConnection, bulk: BulkCounting): HdpTaskQueries {
  const contains = (text: SQL | typeof hdpTasks.foldedProgramHash | typeof hdpTasks.foldedProgramName) =>
    sql`instr(${text}, ${sql.placeholder('term')}) > 0`;
  const everything = prepareEverything(db);
  const found = prepareSearch(
    db,
    or(
      // A ULID is ASCII, so SQLite's own lower() folds it whole.
      contains(sql`lower(${hdpTasks.uuid})`),
      contains(hdpTasks.foldedProgramHash),
      contains(hdpTasks.foldedProgramName),
    ),
  );

  const { values, proposed } = writtenColumns(hdpTasks, ['id']);
  const insert = db
    .insert(hdpTasks)
    .values(values)
    .onConflictDoNothing({ target: hdpTasks.uuid })
    .returning(memberOf)
    .prepare();
  const replace = db
    .insert(hdpTasks)
    .values(values)
    .onConflictDoUpdate({ target: hdpTasks.uuid, set: proposed })
    .prepare();

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
  const any = db.select({ id: hdpTasks.id }).from(hdpTasks).limit(1).prepare();

  return {
    async list(search, slice) {
      if (search === '') return db.transaction(() => everything.descending({}, slice));
      const parameters = { term: fold(search), ...slice };
      return db.transaction(() => ({
        rows: found.rows.all(parameters),
        total: found.total.get(parameters)?.total ?? 0,
      }));
    },
    async add(task, onConflict) {
      const row = {
        ...task,
        foldedProgramHash: foldNullable(task.programHash),
        foldedProgramName: foldNullable(task.programName),
      };
      return addRow(
        { insert, replace, onInserted: (place) => bulk.builder?.add(LIST, place) },
        row,
        onConflict,
      );
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
    async isEmpty() {
      return any.get() === undefined;
    },
  };
}

const foldNullable = (text: string | null | undefined) => (text == null ? null : fold(text));

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

function prepareSearch(db: SqliteConnection, matching: SQL | undefined) {
  return {
    rows: db
      .select()
      .from(hdpTasks)
      .where(matching)
      .orderBy(desc(hdpTasks.createdAt), desc(hdpTasks.uuid))
      .limit(sql.placeholder('limit'))
      .offset(sql.placeholder('offset'))
      .prepare(),
    total: db.select({ total: count() }).from(hdpTasks).where(matching).prepare(),
  };
}
