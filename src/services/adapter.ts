import type { NewServicesTask, ServicesLogEntry, ServicesTaskRow } from '../db/rows.ts';
import { asJsonText, isStringifyOutput, type JsonText, memberTexts } from '../json-text.ts';
import { formatSeconds, parseInstant, parseSeconds } from '../time.ts';
import type { CreateTaskBody } from './create-task.ts';
import type { LoggedTask, ServicesTask, TaskState } from './schema.ts';

/** Returns a row as the JSON of a task (contract A3). `trigger` and `target` are the stored texts, unchanged. */
export function toTaskJson(row: ServicesTaskRow): JsonText<ServicesTask> {
  return asJsonText(taskText(row, 'null'));
}

/** Returns a row and its log as the JSON of a task (contract A4). */
export function toLoggedTaskJson(
  row: ServicesTaskRow,
  logs: readonly ServicesLogEntry[],
): JsonText<LoggedTask> {
  const entries = logs.map(({ time, level, message }) => ({ time: formatSeconds(time), level, message }));
  return asJsonText(taskText(row, JSON.stringify(entries)));
}

/** Returns the JSON of a task's state. */
export function toStateJson(row: ServicesTaskRow): JsonText<TaskState> {
  return asJsonText(
    `{"code":"${row.status}","last_run_date":${row.lastRunAt === null ? 'null' : time(row.lastRunAt)},` +
      `"last_modified":${time(row.modifiedAt)},"created_date":${time(row.createdAt)}}`,
  );
}

const taskText = (row: ServicesTaskRow, logs: string) =>
  `{"id":${row.id},"chain":${row.chain},"desc":${JSON.stringify(row.description)},"state":${toStateJson(row)},` +
  `"trigger":${row.trigger},"target":${row.target},"logs":${logs},"debug":${JSON.stringify(row.debug)},` +
  `"version":${row.version},"result":${JSON.stringify(row.result)}}`;

/**
 * Returns a valid task as a row.
 * @param json the text that `task` was parsed from, which provides the exact `trigger` and `target`
 * @throws UnsupportedJsonError when a key occurs twice in the task, its state, its trigger or its target
 */
export function toTaskRow(task: ServicesTask, json: string): NewServicesTask {
  const { trigger, target } = objectTexts(task, json);
  return {
    id: task.id,
    chain: task.chain,
    description: task.desc,
    status: task.state.code,
    lastRunAt: task.state.last_run_date === null ? null : seconds(task.state.last_run_date),
    modifiedAt: seconds(task.state.last_modified),
    createdAt: seconds(task.state.created_date),
    trigger,
    target,
    debug: task.debug,
    version: task.version,
    result: task.result,
    dueAt: dueTime(task.trigger),
    seriesStart: null,
  };
}

/**
 * Returns the body of `POST /tasks` as the columns of a new row.
 * @param json the text that `body` was parsed from, which provides the exact `trigger` and `target`
 * @throws UnsupportedJsonError when a key occurs twice in the body, its trigger or its target
 */
export function newTaskRow(body: CreateTaskBody, json: string) {
  const members = memberTexts(json);
  return {
    description: body.desc,
    debug: body.debug ?? '',
    trigger: objectText(members, 'trigger'),
    target: objectText(members, 'target'),
    dueAt: dueTime(body.trigger),
    seriesStart: null,
  };
}

/** Returns `once` in Unix milliseconds, or null if it is not a time. In a READY task it always is. */
function dueTime({ once }: { once?: unknown }): number | null {
  return typeof once === 'string' ? (parseInstant(once) ?? null) : null;
}

const time = (value: number) => `"${formatSeconds(value)}"`;

// The schema has already validated the time.
const seconds = (text: string) => parseSeconds(text) ?? Number.NaN;

function objectTexts(task: ServicesTask, json: string): { trigger: string; target: string } {
  if (isStringifyOutput(task, json)) {
    return { trigger: JSON.stringify(task.trigger), target: JSON.stringify(task.target) };
  }
  const members = memberTexts(json);
  objectText(members, 'state');
  return { trigger: objectText(members, 'trigger'), target: objectText(members, 'target') };
}

function objectText(members: ReadonlyMap<string, string>, name: string): string {
  const text = members.get(name) ?? '{}';
  memberTexts(text);
  return text;
}
