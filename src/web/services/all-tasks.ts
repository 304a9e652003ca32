/** Reads all tasks of a filter, for a file. */
import type { ServicesTask } from '../api-types.ts';
import type { Failure } from '../lib/http.ts';
import { elementSources } from '../lib/json-source.ts';
import { readJson } from '../lib/read-json.ts';
import type { Cell, Column } from '../lib/save-rows.ts';
import { type Filter, tasksPath } from './list-state.ts';
import { parseTasks } from './responses.ts';
import { sendSigned, sessionSignal } from './session.ts';

/** More are exported by the command line. */
export const MAX_SAVED = 1000;
const PAGE = 100;

/** `failure`: of the first request that had one. `aborted`: by the signal, or because the credentials changed. */
export type AllTasks =
  | { kind: 'read'; tasks: ServicesTask[]; sources: string[] }
  | { kind: 'failed'; failure: Failure }
  | { kind: 'aborted' };

/** Reads each task, and its JSON as the server sent it. All requests have the credentials that the first one had. */
export async function readAllTasks(filter: Filter, signal: AbortSignal): Promise<AllTasks> {
  const either = AbortSignal.any([signal, sessionSignal()]);
  const tasks: ServicesTask[] = [];
  const sources: string[] = [];
  try {
    while (tasks.length < MAX_SAVED) {
      const answer = await sendSigned(tasksPath(filter, PAGE, tasks.length), { signal: either });
      const read = readJson(answer, parseTasks);
      if (read.kind === 'failed') return read;
      if (either.aborted) return { kind: 'aborted' };
      tasks.push(...read.data);
      sources.push(...elementSources(read.text));
      if (read.data.length < PAGE) break;
    }
    return { kind: 'read', tasks, sources };
  } catch (error) {
    if (either.aborted) return { kind: 'aborted' };
    throw error;
  }
}

const cell = (value: unknown): Cell =>
  value === undefined || value === null ? null : typeof value === 'string' ? value : JSON.stringify(value);

export const CSV_COLUMNS: readonly Column<ServicesTask>[] = [
  { name: 'id', cellOf: ({ id }) => id },
  { name: 'chain', cellOf: ({ chain }) => chain },
  { name: 'desc', cellOf: ({ desc }) => desc },
  { name: 'status', cellOf: ({ state }) => state.code },
  { name: 'action', cellOf: ({ target }) => cell(target.action) },
  { name: 'campaign', cellOf: ({ target }) => cell(target.campaign_id ?? target.campaign) },
  { name: 'once', cellOf: ({ trigger }) => cell(trigger.once) },
  { name: 'repeat', cellOf: ({ trigger }) => cell(trigger.repeat) },
  { name: 'created_date', cellOf: ({ state }) => state.created_date },
  { name: 'last_modified', cellOf: ({ state }) => state.last_modified },
  { name: 'last_run_date', cellOf: ({ state }) => state.last_run_date },
  { name: 'version', cellOf: ({ version }) => version },
  { name: 'result', cellOf: ({ result }) => result },
  { name: 'debug', cellOf: ({ debug }) => debug },
];
