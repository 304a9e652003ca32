/**
 * The only writer of `hdp_tasks`. Each function adds its changes of the list, the search index and the figures to the
 * transaction's change accumulator.
 */
import { eq, sql } from 'drizzle-orm';
import { passesOf } from '../model/figures.ts';
import { HDP_GROUP } from '../model/lists.ts';
import type { TransitionChanges } from '../model/task-changes.ts';
import type { HdpTaskRow, NewHdpTask } from '../rows.ts';
import type { SqliteConnection } from './connection.ts';
import { prepareTransitionList } from './hdp-transitions.ts';
import { hdpMmrs, hdpTaskDetails, hdpTasks, hdpTransitions, hdpWebhooks } from './schema.ts';
import { preparePrograms } from './search/programs.ts';
import { prepareUnindexing } from './search/trigram-index.ts';
import { prepareFor, writtenColumns } from './statements.ts';
import type { WriteTransaction } from './write-transaction.ts';

/** A row as it is written: an omitted column becomes null. */
type WrittenTask = NewHdpTask & Pick<HdpTaskRow, 'id' | 'programId'>;

export type HdpTaskTable = ReturnType<typeof createHdpTaskTable>;

export function createHdpTaskTable(db: SqliteConnection) {
  const { $client: sqlite } = db;
  const programs = preparePrograms(sqlite);
  const { id, uuid } = hdpTasks;
  const { values } = writtenColumns(hdpTasks, ['id']);
  const insertion = prepareFor<typeof hdpTasks.$inferInsert, Pick<HdpTaskRow, 'id'>>(
    sqlite,
    db.insert(hdpTasks).values(values).onConflictDoNothing({ target: uuid }).returning({ id }),
  );
  const byId = eq(id, sql.placeholder('id'));
  const { uuid: _, ...changeable } = values;
  const updating = prepareFor<WrittenTask>(sqlite, db.update(hdpTasks).set(changeable).where(byId));
  const find = db
    .select()
    .from(hdpTasks)
    .where(eq(uuid, sql.placeholder('uuid')))
    .prepare();
  const removal = prepareFor<Pick<HdpTaskRow, 'id'>>(sqlite, db.delete(hdpTasks).where(byId));
  const unindex = prepareUnindexing(sqlite);
  const transitions = prepareTransitionList(db);
  const childRemovals = [hdpTransitions, hdpMmrs, hdpTaskDetails, hdpWebhooks].map((table) =>
    prepareFor<Pick<HdpTaskRow, 'id'>>(sqlite, db.delete(table).where(eq(table.task, sql.placeholder('id')))),
  );
  const programOf = ({ programHash: hash = null, programName: name = null }: NewHdpTask) => ({ hash, name });
  const programIdOf = (task: NewHdpTask) => programs.findOrInsert(programOf(task));

  function addChange(
    { changes }: WriteTransaction,
    task: Pick<HdpTaskRow, 'createdAt' | 'uuid' | 'programId'>,
    by: 1 | -1,
  ): void {
    const key = { position: task.createdAt, tie: task.uuid };
    changes.addListChange(HDP_GROUP, key, by);
    changes.addSearchChange({ ...key, programId: task.programId, change: by });
    changes.addScope('hdp');
  }

  function addFigureChange(
    { changes }: WriteTransaction,
    { status, createdAt }: Pick<HdpTaskRow, 'status' | 'createdAt'>,
    by: 1 | -1,
  ): void {
    changes.addFigureChange({ status, createdAt, by });
  }

  /** Removes the passes of a task from the figures, before its transitions are removed. */
  function removePasses({ changes }: WriteTransaction, task: HdpTaskRow): void {
    for (const pass of passesOf(transitions.all({ task: task.id })))
      changes.addFigureChange({ ...pass, by: -1 });
  }

  function write(transaction: WriteTransaction, before: HdpTaskRow, after: WrittenTask): void {
    updating.run(after);
    transaction.changes.addScope('hdp');
    addFigureChange(transaction, before, -1);
    addFigureChange(transaction, after, 1);
    if (before.createdAt === after.createdAt && before.programId === after.programId) return;
    addChange(transaction, before, -1);
    addChange(transaction, after, 1);
  }

  return {
    find: (uuid: string): HdpTaskRow | undefined => find.get({ uuid }),

    /** Inserts a task. @returns its id; undefined, with nothing written, if the uuid is taken */
    insert(transaction: WriteTransaction, task: NewHdpTask): number | undefined {
      // A task that is not inserted must not insert its program.
      const programId = programs.find(programOf(task));
      if (programId === undefined && find.get(task)) return undefined;
      const row = { ...task, programId: programId ?? programIdOf(task) };
      const inserted = insertion.get(row);
      if (!inserted) return undefined;
      addChange(transaction, row, 1);
      addFigureChange(transaction, row, 1);
      return inserted.id;
    },

    /** Updates the columns of a transition. */
    update(transaction: WriteTransaction, before: HdpTaskRow, changes: TransitionChanges): void {
      const changed = { ...before, ...changes };
      const isSameProgram =
        changed.programHash === before.programHash && changed.programName === before.programName;
      const programId = isSameProgram ? before.programId : programIdOf(changed);
      write(transaction, before, { ...changed, programId });
    },

    /**
     * Replaces a task by another one with the same uuid. The transitions, MMRs, details and webhooks of the old task are
     * removed.
     */
    replace(transaction: WriteTransaction, before: HdpTaskRow, task: NewHdpTask): void {
      removePasses(transaction, before);
      for (const children of childRemovals) children.run(before);
      write(transaction, before, { ...task, id: before.id, programId: programIdOf(task) });
    },

    /** Removes a task. Foreign keys remove the rows that belong to it. */
    remove(transaction: WriteTransaction, before: HdpTaskRow): void {
      removePasses(transaction, before);
      unindex(before.id, before.uuid);
      removal.run(before);
      addChange(transaction, before, -1);
      addFigureChange(transaction, before, -1);
    },
  };
}
