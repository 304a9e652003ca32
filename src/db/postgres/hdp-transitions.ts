/** Reads and writes the transitions of HDP tasks by task id, in the caller's transaction. */
import { decodeTime } from 'ulid';
import { passesOf } from '../model/figures.ts';
import type { HdpStatus } from '../model/statuses.ts';
import type { WriteContext } from '../queries/hdp-task-lifecycle.ts';
import type { HdpTransition } from '../rows.ts';
import type { Connection } from './connection.ts';
import { hdpTransitions } from './schema.ts';
import { columnsOf, statement, writtenColumns } from './statements.ts';
import type { WriteTransaction } from './transactions.ts';

const columns = columnsOf(hdpTransitions);
const written = writtenColumns(hdpTransitions);

const all = statement<{ task: number }, HdpTransition>(
  'list-transitions',
  `SELECT ${columns} FROM hdp_transitions WHERE task = :task ORDER BY id`,
);

const ofTasks = statement<{ tasks: readonly number[] }, HdpTransition>(
  'list-transitions-of-tasks',
  `SELECT ${columns} FROM hdp_transitions WHERE task = ANY (:tasks) ORDER BY task, id`,
);

const last = statement<{ task: number }, HdpTransition>(
  'last-transition',
  `SELECT ${columns} FROM hdp_transitions WHERE task = :task ORDER BY id DESC LIMIT 1`,
);

const lastTo = statement<{ task: number; toStatus: HdpStatus }, HdpTransition>(
  'last-transition-to',
  `SELECT ${columns} FROM hdp_transitions
   WHERE task = :task AND to_status = :toStatus
     AND id > coalesce((SELECT max(id) FROM hdp_transitions WHERE task = :task AND to_status = 'Received'), '')
   ORDER BY id DESC LIMIT 1`,
);

const insertion = statement<HdpTransition>(
  'insert-transition',
  `INSERT INTO hdp_transitions (${written.names}) VALUES (${written.values})`,
);

/** Returns the transitions of a task, oldest first. */
export const listTransitions = (connection: Connection, task: number): Promise<HdpTransition[]> =>
  connection.all(all, { task });

/** Returns the latest transition to a status since the task was last `Received`. */
export const findLastTransition = (
  connection: Connection,
  task: number,
  toStatus: HdpStatus,
): Promise<HdpTransition | undefined> => connection.first(lastTo, { task, toStatus });

/** Inserts the transition of a new task. */
export function insertFirstTransition(
  transaction: WriteTransaction,
  change: Pick<HdpTransition, 'task' | 'fromStatus' | 'toStatus' | 'report'>,
  { now, newUlid }: WriteContext,
): void {
  transaction.send(insertion, { ...change, id: newUlid(now), createdAt: now * 1000 });
}

/**
 * Inserts a transition. Its id and time are greater than those of the task's earlier transitions. The figures count the stage
 * that it ends.
 */
export async function insertTransition(
  transaction: WriteTransaction,
  change: Pick<HdpTransition, 'task' | 'fromStatus' | 'toStatus' | 'report'>,
  { now, newUlid }: WriteContext,
): Promise<HdpTransition> {
  // The clock of another process may be ahead of ours.
  const before = await transaction.first(last, { task: change.task });
  const id = newUlid(now);
  const transition = {
    ...change,
    id: before === undefined || id > before.id ? id : newUlid(decodeTime(before.id) + 1),
    createdAt: Math.max(now * 1000, (before?.createdAt ?? 0) + 1),
  };
  transaction.send(insertion, transition);
  for (const pass of before ? passesOf([before, transition]) : [])
    transaction.changes.addFigureChange({ ...pass, by: 1 });
  return transition;
}

/** Removes the passes of tasks from the figures. The caller holds locks of the tasks, whose transitions it removes next. */
export async function removePasses(transaction: WriteTransaction, tasks: readonly number[]): Promise<void> {
  const transitions = await transaction.all(ofTasks, { tasks });
  for (const ofTask of Map.groupBy(transitions, ({ task }) => task).values())
    for (const pass of passesOf(ofTask)) transaction.changes.addFigureChange({ ...pass, by: -1 });
}
