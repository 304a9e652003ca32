/**
 * The only writer of `services_tasks`. Each function adds to the transaction's change accumulator which lists the task
 * enters and leaves.
 */
import { eq, getTableColumns, sql } from 'drizzle-orm';
import { createServicesGroups, type ServicesListFields } from '../model/lists.ts';
import { servicesScope } from '../model/scopes.ts';
import type { RunChanges } from '../model/task-changes.ts';
import type { NewServicesTask, ServicesTaskRow } from '../rows.ts';
import type { SqliteConnection } from './connection.ts';
import { SERVICES_LIST_COLUMNS } from './lists/list-keys.ts';
import { servicesFiles, servicesLeases, servicesLogs, servicesTasks } from './schema.ts';
import { prepareServicesTaskIds } from './services-task-ids.ts';
import { prepareFor, underPropertyNames, writtenColumns } from './statements.ts';
import type { WriteTransaction } from './write-transaction.ts';

type ListedTask = ServicesListFields & { id: number };

export type ServicesTaskTable = ReturnType<typeof createServicesTaskTable>;

export function createServicesTaskTable(db: SqliteConnection) {
  const { $client: sqlite } = db;
  const ids = prepareServicesTaskIds(sqlite);
  const groupOf = createServicesGroups();
  const { id } = servicesTasks;
  const { values } = writtenColumns(servicesTasks);
  const byId = eq(id, sql.placeholder('id'));
  const insertion = prepareFor<NewServicesTask, ListedTask>(
    sqlite,
    db
      .insert(servicesTasks)
      .values(values)
      .onConflictDoNothing({ target: id })
      .returning(underPropertyNames({ id, ...SERVICES_LIST_COLUMNS })),
  );
  const { id: _, ...replaceable } = values;
  const replacement = prepareFor<NewServicesTask>(
    sqlite,
    db.update(servicesTasks).set(replaceable).where(byId),
  );
  const { status, version, lastRunAt, modifiedAt, result } = values;
  const runUpdate = prepareFor<ServicesTaskRow>(
    sqlite,
    db.update(servicesTasks).set({ status, version, lastRunAt, modifiedAt, result }).where(byId),
  );
  const removal = prepareFor<Pick<ServicesTaskRow, 'id'>>(sqlite, db.delete(servicesTasks).where(byId));
  const find = db.select(getTableColumns(servicesTasks)).from(servicesTasks).where(byId).prepare();
  const childRemovals = [servicesLeases, servicesLogs, servicesFiles].map((table) =>
    prepareFor<Pick<ServicesTaskRow, 'id'>>(
      sqlite,
      db.delete(table).where(eq(table.task, sql.placeholder('id'))),
    ),
  );

  function addChange({ changes }: WriteTransaction, task: ListedTask, by: 1 | -1): void {
    changes.addListChange(groupOf(task), { position: task.id, tie: '' }, by);
    changes.addScope(servicesScope(task.chain));
  }

  function addMove(transaction: WriteTransaction, before: ListedTask, after: ListedTask): void {
    addChange(transaction, before, -1);
    addChange(transaction, after, 1);
  }

  return {
    /** Returns a task of any chain. */
    find: (task: number): ServicesTaskRow | undefined => find.get({ id: task }),

    /** Inserts a task with a given id. @returns false, with nothing written, if the id is taken */
    insert(transaction: WriteTransaction, task: NewServicesTask): boolean {
      const inserted = insertion.get(task);
      if (!inserted) return false;
      ids.use(transaction.changes, inserted.id);
      addChange(transaction, inserted, 1);
      return true;
    },

    /** Inserts a task with an unused id. @returns the id */
    insertNew(transaction: WriteTransaction, task: Omit<NewServicesTask, 'id'>): number {
      const inserted = insertion.get({ ...task, id: ids.next(transaction.changes) });
      if (!inserted) throw new Error('The id of the new task is taken.');
      addChange(transaction, inserted, 1);
      return inserted.id;
    },

    /** Updates the columns of a run. @returns the new row */
    update(transaction: WriteTransaction, before: ServicesTaskRow, changes: RunChanges): ServicesTaskRow {
      const after = { ...before, ...changes };
      runUpdate.run(after);
      if (after.status === before.status) transaction.changes.addScope(servicesScope(before.chain));
      else addMove(transaction, before, after);
      return after;
    },

    /** Replaces a task by another one with the same id. The log, lease and file of the old task are removed. */
    replace(transaction: WriteTransaction, before: ServicesTaskRow, task: NewServicesTask): void {
      replacement.run(task);
      const after = find.get({ id: before.id });
      if (!after) throw new Error('The replaced task does not exist.');
      addMove(transaction, before, after);
      for (const children of childRemovals) children.run(before);
    },

    /** Removes a task. Foreign keys remove its log, lease and file. */
    remove(transaction: WriteTransaction, before: ServicesTaskRow): void {
      removal.run(before);
      addChange(transaction, before, -1);
    },
  };
}
