/** Finds READY Services tasks that are due, by partial indexes. Times are Unix milliseconds. */
import {
  BEFORE_ALL_CHAINS,
  byChain,
  byTime,
  type DueTask,
  MAX_CHAINS_SEARCHED,
  MAX_DUE_TASKS_READ,
} from '../model/due-tasks.ts';
import { type ClockValues, NOW } from './clock.ts';
import type { Connection } from './connection.ts';
import { statement } from './statements.ts';
import { createUnsupportedTasks } from './unsupported-tasks.ts';

export interface DueTasks {
  /**
   * Returns the task to run next. Chains are served round-robin by id: the next chain after `lastChain` that has a due
   * task, and of that chain the task that was due first. If there are too many chains and due tasks to search in one call,
   * it returns the task that was due first in any chain, and the next call continues the search.
   * @param lastChain undefined for the task that was due first in any chain
   */
  next(connection: Connection, search: DueSearch): Promise<DueTask | undefined>;
  /**
   * Returns due tasks without a log entry whose action is not among these. Each call reads one page and continues where
   * the last call ended, so the time of a call does not depend on the number of such tasks.
   */
  listUnsupported(
    connection: Connection,
    actions: readonly string[],
    clock: number | null,
  ): Promise<number[]>;
}

export interface DueSearch extends ClockValues {
  actions: readonly string[];
  lastChain: number | undefined;
  excludedTasks: readonly number[];
}

const COLUMNS = 'id, chain, due_at AS "dueAt"';

const oldest = statement<
  ClockValues & { action: string; excludedTasks: readonly number[]; limit: number },
  DueTask
>(
  'oldest-due-tasks',
  `SELECT ${COLUMNS} FROM services_tasks
   WHERE status = 'READY' AND action = :action AND due_at <= ${NOW} AND id <> ALL (:excludedTasks)
   ORDER BY due_at, id LIMIT :limit`,
);

const oldestAfterChain = statement<
  ClockValues & { action: string; chain: number; excludedTasks: readonly number[] },
  DueTask & { isDue: boolean }
>(
  'oldest-due-task-after-chain',
  `SELECT ${COLUMNS}, due_at <= ${NOW} AS "isDue" FROM services_tasks
   WHERE status = 'READY' AND action = :action AND chain > :chain AND due_at IS NOT NULL AND id <> ALL (:excludedTasks)
   ORDER BY chain, due_at, id LIMIT 1`,
);

/** Reads the oldest due tasks of each action. */
async function oldestOf(
  connection: Connection,
  { actions, clock, excludedTasks }: DueSearch,
  limit: number,
): Promise<DueTask[]> {
  const found: DueTask[] = [];
  for (const action of actions) {
    found.push(...(await connection.all(oldest, { action, clock, excludedTasks, limit })));
  }
  return found;
}

/** Returns the oldest task of the next chain that has a due one; at the limit, the last chain searched, a number. */
async function searchChains(
  connection: Connection,
  { actions, clock, excludedTasks }: DueSearch,
  from: number,
): Promise<DueTask | number> {
  let lastSearched = from;
  for (let count = 0; count < MAX_CHAINS_SEARCHED; count += 1) {
    const firsts: (DueTask & { isDue: boolean })[] = [];
    for (const action of actions) {
      const values = { action, chain: lastSearched, excludedTasks, clock };
      const first = await connection.first(oldestAfterChain, values);
      if (first) firsts.push(first);
    }
    firsts.sort(byChain);
    const chain = firsts[0]?.chain;
    const task = firsts.find((first) => first.chain === chain && first.isDue);
    if (task) return task;
    lastSearched = chain ?? BEFORE_ALL_CHAINS;
  }
  return lastSearched;
}

/** Finds the same task among all due tasks; undefined if there are too many to read. */
async function searchDueTasks(
  connection: Connection,
  search: DueSearch,
  from: number,
): Promise<DueTask | undefined> {
  const due = await oldestOf(connection, search, MAX_DUE_TASKS_READ);
  if (due.length >= MAX_DUE_TASKS_READ) return undefined;
  due.sort(byChain);
  return due.find(({ chain }) => chain > from) ?? due[0];
}

export function createDueTasks(): DueTasks {
  /** The last search, if it reached its limits: its start, the chain of the task that it returned, and where it stopped. */
  let incomplete: { lastChain: number; returnedChain: number; stoppedAt: number } | undefined;
  return {
    async next(connection, search) {
      const { lastChain } = search;
      const [first] = (await oldestOf(connection, search, 1)).sort(byTime);
      if (!first || lastChain === undefined) return first;
      const isResumed = incomplete?.lastChain === lastChain || incomplete?.returnedChain === lastChain;
      const from = isResumed && incomplete ? incomplete.stoppedAt : lastChain;
      incomplete = undefined;
      const found = await searchChains(connection, search, from);
      if (typeof found !== 'number') return found;
      const oldestOfChain = await searchDueTasks(connection, search, from);
      if (oldestOfChain) return oldestOfChain;
      incomplete = { lastChain, returnedChain: first.chain, stoppedAt: found };
      return first;
    },
    listUnsupported: createUnsupportedTasks(),
  };
}
