/** The order in which due Services tasks run, and the limits of a search for them. Times are Unix milliseconds. */

export interface DueTask {
  id: number;
  chain: number;
  dueAt: number;
}

/** Limits of one search for the next chain. */
export const MAX_CHAINS_SEARCHED = 1000;
export const MAX_DUE_TASKS_READ = 1000;

export const BEFORE_ALL_CHAINS = Number.MIN_SAFE_INTEGER;

export const byTime = (a: DueTask, b: DueTask) => a.dueAt - b.dueAt || a.id - b.id;
export const byChain = (a: DueTask, b: DueTask) => a.chain - b.chain || byTime(a, b);
