/** Finds READY Services tasks that are due, by partial indexes. Times are Unix milliseconds. */
import type Database from 'better-sqlite3';
import {
  BEFORE_ALL_CHAINS,
  byChain,
  byTime,
  type DueTask,
  MAX_CHAINS_SEARCHED,
  MAX_DUE_TASKS_READ,
} from '../model/due-tasks.ts';

export interface DueTasks {
  /**
   * Returns the task to run next. Chains are served round-robin by id: the next chain after `lastChain` that has a due
   * task, and of that chain the task that was due first. If there are too many chains and due tasks to search in one call,
   * it returns the task that was due first in any chain, and the next call continues the search.
   * @param lastChain undefined for the task that was due first in any chain
   */
  next(
    actions: readonly string[],
    now: number,
    lastChain: number | undefined,
    excludedTasks: readonly number[],
  ): DueTask | undefined;
  /**
   * Returns due tasks without a log entry whose action is not among these. Each call reads one page and continues where
   * the last call ended, so the time of a call does not depend on the number of such tasks.
   */
  listUnsupported(actions: readonly string[], now: number): number[];
}

const PAGE_SIZE = 100;

export function prepareDueTasks(sqlite: Database.Database): DueTasks {
  const columns = 'id, chain, due_at AS dueAt';
  const isNotExcluded = 'id NOT IN (SELECT value FROM json_each(?))';
  const oldest = sqlite.prepare<[string, number, string, number], DueTask>(
    `SELECT ${columns} FROM services_tasks INDEXED BY services_tasks_due
     WHERE status = 'READY' AND action = ? AND due_at <= ? AND ${isNotExcluded} ORDER BY due_at, id LIMIT ?`,
  );
  const oldestAfterChain = sqlite.prepare<[string, number, string], DueTask>(
    `SELECT ${columns} FROM services_tasks INDEXED BY services_tasks_turns
     WHERE status = 'READY' AND action = ? AND chain > ? AND due_at IS NOT NULL AND ${isNotExcluded}
     ORDER BY chain, due_at, id LIMIT 1`,
  );
  /** The last search, if it reached its limits: its start, the chain of the task that it returned, and where it stopped. */
  let incomplete: { lastChain: number; returnedChain: number; stoppedAt: number } | undefined;

  /** Returns the oldest task of the next chain that has a due one; at the limit, the last chain searched, a number. */
  function searchChains(
    actions: readonly string[],
    from: number,
    now: number,
    excluded: string,
  ): DueTask | number {
    let lastSearched = from;
    for (let count = 0; count < MAX_CHAINS_SEARCHED; count += 1) {
      const firsts = actions
        .flatMap((action) => oldestAfterChain.get(action, lastSearched, excluded) ?? [])
        .sort(byChain);
      const chain = firsts[0]?.chain;
      const task = firsts.find((first) => first.chain === chain && first.dueAt <= now);
      if (task) return task;
      lastSearched = chain ?? BEFORE_ALL_CHAINS;
    }
    return lastSearched;
  }

  /** Finds the same task among all due tasks; undefined if there are too many to read. */
  function searchDueTasks(
    actions: readonly string[],
    from: number,
    now: number,
    excluded: string,
  ): DueTask | undefined {
    const due = actions.flatMap((action) => oldest.all(action, now, excluded, MAX_DUE_TASKS_READ));
    if (due.length >= MAX_DUE_TASKS_READ) return undefined;
    due.sort(byChain);
    return due.find(({ chain }) => chain > from) ?? due[0];
  }

  return {
    next(actions, now, lastChain, excludedTasks) {
      const excluded = JSON.stringify(excludedTasks);
      const [first] = actions.flatMap((action) => oldest.all(action, now, excluded, 1)).sort(byTime);
      if (!first || lastChain === undefined) return first;
      const isResumed = incomplete?.lastChain === lastChain || incomplete?.returnedChain === lastChain;
      const from = isResumed && incomplete ? incomplete.stoppedAt : lastChain;
      incomplete = undefined;
      const found = searchChains(actions, from, now, excluded);
      if (typeof found !== 'number') return found;
      const oldestOfChain = searchDueTasks(actions, from, now, excluded);
      if (oldestOfChain) return oldestOfChain;
      incomplete = { lastChain, returnedChain: first.chain, stoppedAt: found };
      return first;
    },
    listUnsupported: prepareUnsupported(sqlite),
  };
}

function prepareUnsupported(sqlite: Database.Database): DueTasks['listUnsupported'] {
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
    // The tasks without an action come after the last action.
    const action = cursor.action === null ? null : (nextAction.get(cursor.action) ?? null);
    const after = action === cursor.action ? cursor : start;
    const isSupported = action !== null && actions.includes(action);
    const rows = isSupported ? [] : page.all(action, after.dueAt, after.id, now);
    const last = rows.length < PAGE_SIZE ? undefined : rows.at(-1);
    if (last) cursor = { action, dueAt: last.dueAt, id: last.id };
    // The smallest string greater than the action; after the tasks without an action, the first action again.
    else cursor = { action: action === null ? '' : `${action}\0`, ...start };
    return rows.filter((row) => row.logged === 0).map((row) => row.id);
  };
}
