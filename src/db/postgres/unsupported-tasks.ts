/** Finds due tasks whose action no runner supports (`DueTasks.listUnsupported`). */
import { type ClockValues, NOW } from './clock.ts';
import type { Connection } from './connection.ts';
import { statement } from './statements.ts';

const PAGE_SIZE = 100;

const nextAction = statement<{ action: string; isIncluded: boolean }, { action: string }>(
  'next-action',
  `SELECT action FROM services_tasks
   WHERE status = 'READY' AND action >= :action AND (:isIncluded OR action > :action) ORDER BY action LIMIT 1`,
);

interface Page extends ClockValues {
  action: string | null;
  dueAt: number;
  id: number;
}

const definePage = (name: string, condition: string) =>
  statement<Page, { id: number; dueAt: number; isLogged: boolean }>(
    name,
    `SELECT id, due_at AS "dueAt",
       EXISTS (SELECT 1 FROM services_logs WHERE task = services_tasks.id) AS "isLogged"
     FROM services_tasks
     WHERE status = 'READY' AND ${condition} AND (due_at, id) > (:dueAt::bigint, :id::bigint) AND due_at <= ${NOW}
     ORDER BY due_at, id LIMIT ${PAGE_SIZE}`,
  );

const pageOfAction = definePage('page-of-action', 'action = :action');
const pageWithoutAction = definePage('page-without-action', 'action IS NULL');

const START = { dueAt: Number.MIN_SAFE_INTEGER, id: 0 };

export function createUnsupportedTasks() {
  let cursor: { action: string | null; isIncluded: boolean; dueAt: number; id: number } = {
    ...{ action: '', isIncluded: true },
    ...START,
  };
  return async (
    connection: Connection,
    actions: readonly string[],
    clock: number | null,
  ): Promise<number[]> => {
    // The tasks without an action come after the last action.
    const action =
      cursor.action === null
        ? null
        : ((await connection.first(nextAction, { action: cursor.action, isIncluded: cursor.isIncluded }))
            ?.action ?? null);
    const { dueAt, id } = action === cursor.action ? cursor : START;
    const isSupported = action !== null && actions.includes(action);
    const page = action === null ? pageWithoutAction : pageOfAction;
    const rows = isSupported ? [] : await connection.all(page, { action, dueAt, id, clock });
    const last = rows.length < PAGE_SIZE ? undefined : rows.at(-1);
    if (last) cursor = { action, isIncluded: true, dueAt: last.dueAt, id: last.id };
    // After the tasks without an action, the first action follows again.
    else cursor = { action: action ?? '', isIncluded: action === null, ...START };
    return rows.filter(({ isLogged }) => !isLogged).map((row) => row.id);
  };
}
