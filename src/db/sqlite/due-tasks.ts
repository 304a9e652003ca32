/** READY Services tasks that are due, read from partial indexes. Times are Unix milliseconds. */
import type Database from 'better-sqlite3';

export interface DueTasks {
  /**
   * The task to run next. Chains take turns: the first chain after `lastChain`, in the order of their ids and from the
   * beginning again, that has a due task; of that chain the task that is due the longest.
   * @param lastChain undefined for the task that is due the longest of all chains
   * @param passedOver tasks that are left alone
   */
  next(
    actions: readonly string[],
    now: number,
    lastChain: number | undefined,
    passedOver: readonly number[],
  ): DueTask | undefined;
  /**
   * The next due tasks that no runner of these actions can run and that have no log entry yet. Each call reads one page
   * and continues where the last one ended, so that a call is fast however many such tasks there are.
   */
  unsupported(actions: readonly string[], now: number): number[];
}

interface DueTask {
  id: number;
  chain: number;
  dueAt: number;
}

const PAGE_SIZE = 100;

/** Chains without a due task that one claim passes over before it gives up on turns. */
const MAX_CHAINS_PASSED = 100;

export function prepareDueTasks(sqlite: Database.Database): DueTasks {
  const columns = 'id, chain, due_at AS dueAt';
  const isNotPassedOver = 'id NOT IN (SELECT value FROM json_each(?))';
  const oldest = sqlite.prepare<[string, number, string], DueTask>(
    `SELECT ${columns} FROM services_tasks INDEXED BY services_tasks_due
     WHERE status = 'READY' AND action = ? AND due_at <= ? AND ${isNotPassedOver} ORDER BY due_at, id LIMIT 1`,
  );
  const oldestAfterChain = sqlite.prepare<[string, number, string], DueTask>(
    `SELECT ${columns} FROM services_tasks INDEXED BY services_tasks_turns
     WHERE status = 'READY' AND action = ? AND chain > ? AND due_at IS NOT NULL AND ${isNotPassedOver}
     ORDER BY chain, due_at, id LIMIT 1`,
  );

  /** The first chain after one that has a due task, with the task that is due the longest. */
  function afterChain(action: string, chain: number, now: number, except: string): DueTask | undefined {
    let found = oldestAfterChain.get(action, chain, except);
    for (let passed = 0; found && found.dueAt > now; passed += 1) {
      if (passed === MAX_CHAINS_PASSED) return undefined;
      found = oldestAfterChain.get(action, found.chain, except);
    }
    return found;
  }

  return {
    next(actions, now, lastChain, passedOver) {
      const except = JSON.stringify(passedOver);
      const candidates = actions.flatMap((action) => oldest.get(action, now, except) ?? []);
      if (candidates.length === 0 || lastChain === undefined) return candidates.sort(byTime)[0];
      for (const chain of [lastChain, Number.MIN_SAFE_INTEGER]) {
        const turns = actions.flatMap((action) => afterChain(action, chain, now, except) ?? []);
        if (turns.length > 0) return turns.sort(byTurn)[0];
      }
      return candidates.sort(byTime)[0];
    },
    unsupported: prepareUnsupported(sqlite),
  };
}

const byTime = (a: DueTask, b: DueTask) => a.dueAt - b.dueAt || a.id - b.id;
const byTurn = (a: DueTask, b: DueTask) => a.chain - b.chain || byTime(a, b);

function prepareUnsupported(sqlite: Database.Database): DueTasks['unsupported'] {
  const nextAction = sqlite
    .prepare<[string], string>(
      `SELECT action FROM services_tasks INDEXED BY services_tasks_due
       WHERE status = 'READY' AND action >= ? ORDER BY action LIMIT 1`,
    )
    .pluck();
  const page = sqlite.prepare<
    [string | null, number, number, number],
    { id: number; dueAt: number; logged: 0 | 1 }
  >(
    `SELECT id, due_at AS dueAt, EXISTS (SELECT 1 FROM services_logs WHERE task = services_tasks.id) AS logged
     FROM services_tasks INDEXED BY services_tasks_due
     WHERE status = 'READY' AND action IS ? AND (due_at, id) > (?, ?) AND due_at <= ?
     ORDER BY due_at, id LIMIT ${PAGE_SIZE}`,
  );
  const start = { dueAt: Number.MIN_SAFE_INTEGER, id: 0 };
  let cursor: { action: string | null; dueAt: number; id: number } = { action: '', ...start };

  return (actions, now) => {
    // After the last action come the tasks that have none.
    const action = cursor.action === null ? null : (nextAction.get(cursor.action) ?? null);
    const after = action === cursor.action ? cursor : start;
    const isSupported = action !== null && actions.includes(action);
    const rows = isSupported ? [] : page.all(action, after.dueAt, after.id, now);
    const last = rows.length < PAGE_SIZE ? undefined : rows.at(-1);
    if (last) cursor = { action, dueAt: last.dueAt, id: last.id };
    // The least string that is greater than the action; after the tasks without one, the first action again.
    else cursor = { action: action === null ? '' : `${action}\0`, ...start };
    return rows.filter((row) => row.logged === 0).map((row) => row.id);
  };
}
