/**
 * The only writer of `services_tasks`. Each function notes in the transaction's accumulator which lists the task leaves and
 * comes into, from the row before and the row after.
 */
import { eq, getTableColumns, sql } from 'drizzle-orm';
import { createServicesGroups, type ServicesListFields } from '../model/lists.ts';
import { servicesScope } from '../model/scopes.ts';
import type { SqliteConnection } from './connection.ts';
import {
  type NewServicesTask,
  type ServicesTaskRow,
  servicesFiles,
  servicesLeases,
  servicesLogs,
  servicesTasks,
} from './schema.ts';
import { prepareServicesTaskIds } from './services-task-ids.ts';
import { prepareFor, writtenColumns } from './statements.ts';
import type { WriteTransaction } from './write-transaction.ts';

/** What a run changes of a task; the rest stays. */
export type RunChanges = Partial<
  Pick<ServicesTaskRow, 'status' | 'version' | 'lastRunAt' | 'modifiedAt' | 'result'>
>;

/** The version of a task after a change of its status; it stops at the largest exact integer. */
export const nextVersion = ({ version }: Pick<ServicesTaskRow, 'version'>): number =>
  Math.min(version + 1, Number.MAX_SAFE_INTEGER);

type Listed = ServicesListFields & { id: number };

export type ServicesTaskTable = ReturnType<typeof createServicesTaskTable>;

export function createServicesTaskTable(db: SqliteConnection) {
  const { $client: sqlite } = db;
  const ids = prepareServicesTaskIds(sqlite);
  const groupOf = createServicesGroups();
  const { id } = servicesTasks;
  const { values } = writtenColumns(servicesTasks);
  const byId = eq(id, sql.placeholder('id'));
  const insertion = prepareFor<NewServicesTask, Listed>(
    sqlite,
    db.insert(servicesTasks).values(values).onConflictDoNothing({ target: id }).returning({
      id,
      chain: servicesTasks.chain,
      status: servicesTasks.status,
      action: servicesTasks.action,
      campaign: servicesTasks.campaign,
    }),
  );
  const { id: _, ...replaceable } = values;
  const replacement = db.update(servicesTasks).set(replaceable).where(byId);
  const replacing = prepareFor<NewServicesTask>(sqlite, replacement);
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

  function noteLists({ changes }: WriteTransaction, task: Listed, by: 1 | -1): void {
    changes.addListChange(groupOf(task), { position: task.id, tie: '' }, by);
    changes.addScope(servicesScope(task.chain));
  }

  function noteMove(transaction: WriteTransaction, before: Listed, after: Listed): void {
    noteLists(transaction, before, -1);
    noteLists(transaction, after, 1);
  }

  return {
    /** The task of any chain. */
    find: (task: number): ServicesTaskRow | undefined => find.get({ id: task }),

    /** Inserts a task that brings its id. @returns false if the id is taken; nothing is written then */
    insert(transaction: WriteTransaction, task: NewServicesTask): boolean {
      const inserted = insertion.get(task);
      if (!inserted) return false;
      ids.bring(transaction.changes, inserted.id);
      noteLists(transaction, inserted, 1);
      return true;
    },

    /** Inserts a task with an id that no other has or had. @returns the id */
    insertNew(transaction: WriteTransaction, task: Omit<NewServicesTask, 'id'>): number {
      const inserted = insertion.get({ ...task, id: ids.next(transaction.changes) });
      if (!inserted) throw new Error('The id of the new task is taken.');
      noteLists(transaction, inserted, 1);
      return inserted.id;
    },

    /** Writes what a run changes. @returns the row after */
    update(transaction: WriteTransaction, before: ServicesTaskRow, changes: RunChanges): ServicesTaskRow {
      const after = { ...before, ...changes };
      runUpdate.run(after);
      if (after.status === before.status) transaction.changes.addScope(servicesScope(before.chain));
      else noteMove(transaction, before, after);
      return after;
    },

    /** Puts a task in the place of another one of the same id; the log, lease and file of the other are removed. */
    replace(transaction: WriteTransaction, before: ServicesTaskRow, task: NewServicesTask): void {
      replacing.run(task);
      const after = find.get({ id: before.id });
      if (!after) throw new Error('The replaced task is gone.');
      noteMove(transaction, before, after);
      for (const children of childRemovals) children.run(before);
    },

    /** Removes a task; its log, lease and file are removed by their foreign keys. */
    remove(transaction: WriteTransaction, before: ServicesTaskRow): void {
      removal.run(before);
      noteLists(transaction, before, -1);
    },
  };
}
