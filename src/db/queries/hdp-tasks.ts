import { asc, count, desc, gt, or, type SQL, sql } from 'drizzle-orm';
import { fold } from '../fold.ts';
import { type HdpTaskRow, hdpTasks, type NewHdpTask } from '../schema.ts';
import type { SqliteConnection } from '../sqlite.ts';
import type { Added, OnConflict, Page, Slice } from '../store.ts';
import { addRow, writtenColumns } from './add.ts';

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

export function createHdpTaskQueries(db: SqliteConnection): HdpTaskQueries {
  const contains = (text: SQL | typeof hdpTasks.foldedProgramHash | typeof hdpTasks.foldedProgramName) =>
    sql`instr(${text}, ${sql.placeholder('term')}) > 0`;
  const everything = prepareList(db, undefined);
  const found = prepareList(
    db,
    or(
      // A ULID is ASCII, so SQLite's own lower() folds it whole.
      contains(sql`lower(${hdpTasks.uuid})`),
      contains(hdpTasks.foldedProgramHash),
      contains(hdpTasks.foldedProgramName),
    ),
  );

  const { values, proposed } = writtenColumns(hdpTasks, ['id']);
  const insert = db.insert(hdpTasks).values(values).onConflictDoNothing({ target: hdpTasks.uuid }).prepare();
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
      const { rows, total } = search === '' ? everything : found;
      const parameters = { term: fold(search), ...slice };
      return db.transaction(() => ({ rows: rows.all(parameters), total: total.get(parameters)?.total ?? 0 }));
    },
    async add(task, onConflict) {
      const row = {
        ...task,
        foldedProgramHash: foldNullable(task.programHash),
        foldedProgramName: foldNullable(task.programName),
      };
      return addRow(insert, replace, row, onConflict);
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

function prepareList(db: SqliteConnection, matching: SQL | undefined) {
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
