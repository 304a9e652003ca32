import { and, asc, desc, eq, gt, sql } from 'drizzle-orm';
import { decodeTime } from 'ulid';
import type { HdpStatus } from '../model/statuses.ts';
import type { Moment } from '../queries/hdp-task-lifecycle.ts';
import type { SqliteConnection } from './connection.ts';
import { type HdpTransition, hdpTransitions } from './schema.ts';
import { prepareFor, writtenColumns } from './statements.ts';

/** The history of HDP tasks by their own ids, inside of a transaction that the caller holds. */
export function createHdpTransitions(db: SqliteConnection) {
  const task = sql.placeholder('task');
  const transitions = () => db.select().from(hdpTransitions).where(eq(hdpTransitions.task, task));
  const all = transitions().orderBy(asc(hdpTransitions.id)).prepare();
  const last = transitions().orderBy(desc(hdpTransitions.id)).limit(1).prepare();
  const received = db
    .select({ id: sql`coalesce(max(${hdpTransitions.id}), '')` })
    .from(hdpTransitions)
    .where(and(eq(hdpTransitions.task, task), eq(hdpTransitions.toStatus, 'Received')));
  const accepted = db
    .select()
    .from(hdpTransitions)
    .where(
      and(
        eq(hdpTransitions.task, task),
        eq(hdpTransitions.toStatus, sql.placeholder('toStatus')),
        gt(hdpTransitions.id, received),
      ),
    )
    .orderBy(desc(hdpTransitions.id))
    .limit(1)
    .prepare();

  const insert = prepareFor<HdpTransition>(
    db.$client,
    db.insert(hdpTransitions).values(writtenColumns(hdpTransitions).values),
  );

  return {
    /** Oldest first. */
    all: (task: number): HdpTransition[] => all.all({ task }),
    /** The latest change to a status since the task was last received. */
    since: (task: number, toStatus: HdpStatus): HdpTransition | undefined => accepted.get({ task, toStatus }),
    /** Notes a change of status. */
    add(
      change: Pick<HdpTransition, 'task' | 'fromStatus' | 'toStatus' | 'report'>,
      { now, newUlid }: Moment,
    ): HdpTransition {
      // Another process's clock may be ahead of ours, and the ids and times of a task only go up.
      const before = last.get({ task: change.task });
      const id = newUlid(now);
      const transition = {
        ...change,
        id: before === undefined || id > before.id ? id : newUlid(decodeTime(before.id) + 1),
        createdAt: Math.max(now * 1000, (before?.createdAt ?? 0) + 1),
      };
      insert.run(transition);
      return transition;
    },
  };
}
