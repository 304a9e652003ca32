import type { NewServicesTask, ServicesLogEntry, ServicesTaskRow } from '../db/rows.ts';
import { asJsonText, isStringifyOutput, type JsonText, memberTexts } from '../json-text.ts';
import { formatSeconds, parseInstant, parseSeconds } from '../time.ts';
import type { TaskOrder } from './order.ts';
import type { LoggedTask, ServicesTask, TaskState } from './schema.ts';

/** A row as the task of contract A3, in JSON; `trigger` and `target` are the stored texts themselves. */
export function taskJson(row: ServicesTaskRow): JsonText<ServicesTask> {
  return asJsonText(taskText(row, 'null'));
}

/** A row as the task of contract A4, in JSON: with the entries of its log. */
export function loggedTaskJson(
  row: ServicesTaskRow,
  logs: readonly ServicesLogEntry[],
): JsonText<LoggedTask> {
  const entries = logs.map(({ time, level, message }) => ({ time: formatSeconds(time), level, message }));
  return asJsonText(taskText(row, JSON.stringify(entries)));
}

/** The state of a row's task alone, in JSON. */
export function stateJson(row: ServicesTaskRow): JsonText<TaskState> {
  return asJsonText(
    `{"code":"${row.status}","last_run_date":${row.lastRunAt === null ? 'null' : time(row.lastRunAt)},` +
      `"last_modified":${time(row.modifiedAt)},"created_date":${time(row.createdAt)}}`,
  );
}

const taskText = (row: ServicesTaskRow, logs: string) =>
  `{"id":${row.id},"chain":${row.chain},"desc":${JSON.stringify(row.description)},"state":${stateJson(row)},` +
  `"trigger":${row.trigger},"target":${row.target},"logs":${logs},"debug":${JSON.stringify(row.debug)},` +
  `"version":${row.version},"result":${JSON.stringify(row.result)}}`;

/**
 * A valid task as a row.
 * @param json the text that `task` was parsed from: `trigger` and `target` are taken from it
 * @throws UnsupportedJsonError when a key occurs twice in the task, its state, its trigger or its target
 */
export function taskRow(task: ServicesTask, json: string): NewServicesTask {
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
 * What a client asked for, to be made a task.
 * @param json the text that `order` was parsed from: `trigger` and `target` are taken from it
 * @throws UnsupportedJsonError when a key occurs twice in it, its trigger or its target
 */
export function orderRow(order: TaskOrder, json: string) {
  const members = memberTexts(json);
  return {
    description: order.desc,
    debug: order.debug,
    trigger: objectText(members, 'trigger'),
    target: objectText(members, 'target'),
    dueAt: dueTime(order.trigger),
    seriesStart: null,
  };
}

/** Unix milliseconds of `once`, or null where that is no time; no READY task has such a one. */
function dueTime({ once }: { once?: unknown }): number | null {
  return typeof once === 'string' ? (parseInstant(once) ?? null) : null;
}

const time = (value: number) => `"${formatSeconds(value)}"`;

// The schema has accepted the time, so it parses.
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
