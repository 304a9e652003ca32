import { and, asc, desc, eq, gt, sql } from 'drizzle-orm';
import { decodeTime } from 'ulid';
import { passesOf } from '../model/figures.ts';
import type { HdpStatus } from '../model/statuses.ts';
import type { WriteContext } from '../queries/hdp-task-lifecycle.ts';
import type { HdpTransition } from '../rows.ts';
import type { SqliteConnection } from './connection.ts';
import { hdpTransitions } from './schema.ts';
import { prepareFor, writtenColumns } from './statements.ts';
import type { WriteTransaction } from './write-transaction.ts';

/** Prepares the query of the transitions of `:task`, oldest first. */
export const prepareTransitionList = (db: SqliteConnection) =>
  db
    .select()
    .from(hdpTransitions)
    .where(eq(hdpTransitions.task, sql.placeholder('task')))
    .orderBy(asc(hdpTransitions.id))
    .prepare();

/** Reads and writes the transitions of HDP tasks by task id, in the caller's transaction. */
export function createHdpTransitions(db: SqliteConnection) {
  const task = sql.placeholder('task');
  const transitions = () => db.select().from(hdpTransitions).where(eq(hdpTransitions.task, task));
  const all = prepareTransitionList(db);
  const last = transitions().orderBy(desc(hdpTransitions.id)).limit(1).prepare();
  const lastReceived = db
    .select({ id: sql`coalesce(max(${hdpTransitions.id}), '')` })
    .from(hdpTransitions)
    .where(and(eq(hdpTransitions.task, task), eq(hdpTransitions.toStatus, 'Received')));
  const lastTo = db
    .select()
    .from(hdpTransitions)
    .where(
      and(
        eq(hdpTransitions.task, task),
        eq(hdpTransitions.toStatus, sql.placeholder('toStatus')),
        gt(hdpTransitions.id, lastReceived),
      ),
    )
    .orderBy(desc(hdpTransitions.id))
    .limit(1)
    .prepare();

  const insertion = prepareFor<HdpTransition>(
    db.$client,
    db.insert(hdpTransitions).values(writtenColumns(hdpTransitions).values),
  );

  return {
    /** Returns the transitions of a task, oldest first. */
    list: (task: number): HdpTransition[] => all.all({ task }),
    /** Returns the latest transition to a status since the task was last `Received`. */
    findLast: (task: number, toStatus: HdpStatus): HdpTransition | undefined =>
      lastTo.get({ task, toStatus }),
    /**
     * Inserts a transition. Its id and time are greater than those of the task's earlier transitions. The figures count the
     * stage that it ends.
     */
    insert(
      { changes }: WriteTransaction,
      change: Pick<HdpTransition, 'task' | 'fromStatus' | 'toStatus' | 'report'>,
      { now, newUlid }: WriteContext,
    ): HdpTransition {
      // The clock of another process may be ahead of ours.
      const before = last.get({ task: change.task });
      const id = newUlid(now);
      const transition = {
        ...change,
        id: before === undefined || id > before.id ? id : newUlid(decodeTime(before.id) + 1),
        createdAt: Math.max(now * 1000, (before?.createdAt ?? 0) + 1),
      };
      insertion.run(transition);
      for (const pass of before ? passesOf([before, transition]) : [])
        changes.addFigureChange({ ...pass, by: 1 });
      return transition;
    },
  };
}
