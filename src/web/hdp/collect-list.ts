import type { HdpTask } from '../api-types.ts';
import { type Failure, send } from '../lib/http.ts';
import { readJson } from '../lib/read-json.ts';
import { listPath } from './list-state.ts';
import { parseList } from './responses.ts';

/** A list with more tasks is for `taskgate export hdp`. */
export const MAX_COLLECTED = 1000;
const PAGE_SIZE = 100;

export type Collected = { kind: 'ok'; tasks: HdpTask[] } | { kind: 'failed'; failure: Failure };

/**
 * Reads all tasks of a search, page by page. A task that arrives meanwhile moves others to the next page, so that a task
 * can come twice; it is collected once.
 * @param onProgress receives the number of tasks so far
 */
export async function collectTasks(search: string, onProgress: (count: number) => void): Promise<Collected> {
  const tasks = new Map<string, HdpTask>();
  for (let page = 1; ; page += 1) {
    const read = readJson(await send(listPath({ search, page, size: PAGE_SIZE })), parseList);
    if (read.kind === 'failed') return read;
    for (const task of read.data.tasks) tasks.set(task.uuid, task);
    onProgress(tasks.size);
    if (page >= read.data.pagination.totalPages || page * PAGE_SIZE >= MAX_COLLECTED) break;
  }
  return { kind: 'ok', tasks: [...tasks.values()] };
}
