import type { z } from 'zod';
import type { NewHdpTask, NewServicesTask } from '../db/rows.ts';
import { toTaskRow as hdpRow } from '../hdp/adapter.ts';
import { hdpTask } from '../hdp/schema.ts';
import { isStringifyOutput, memberTexts, UnsupportedJsonError } from '../json-text.ts';
import { shortened } from '../lib/text.ts';
import { toTaskRow as servicesRow } from '../services/adapter.ts';
import { schedule } from '../services/schedule.ts';
import { servicesTask } from '../services/schema.ts';
import { describeOtherFormat } from './line-format.ts';

/** A line is not a task. The message names the key and the reason. */
export class BadLine extends Error {}

/** A task as its API lists it. A READY task must have a trigger that the runner can read (contract A4, Repeats). */
const importedServicesTask = servicesTask.superRefine(({ state, trigger }, context) => {
  if (state.code !== 'READY') return;
  for (const { path, message } of schedule.safeParse(trigger).error?.issues ?? []) {
    context.addIssue({ code: 'custom', path: ['trigger', ...path], message });
  }
});

/** Parses a Services task as its API lists it (contract A3). @returns its row @throws BadLine */
export function parseServicesTask(json: string): NewServicesTask {
  const task = parse(importedServicesTask, json);
  return rethrowAsBadLine(() => servicesRow(task, json));
}

/** Parses an HDP task as its API lists it (contract B2). @returns its row @throws BadLine */
export function parseHdpTask(json: string): NewHdpTask {
  const task = parse(hdpTask, json);
  if (!isStringifyOutput(task, json)) rethrowAsBadLine(() => memberTexts(json));
  return hdpRow(task);
}

/** Runs `make` and turns an UnsupportedJsonError error into a BadLine. */
function rethrowAsBadLine<T>(make: () => T): T {
  try {
    return make();
  } catch (error) {
    if (error instanceof UnsupportedJsonError) throw new BadLine(`the task ${error.message}`);
    throw error;
  }
}

const MAX_REASONS = 3;

function parse<Schema extends z.ZodType>(schema: Schema, json: string): z.infer<Schema> {
  const data = parseJson(json);
  const result = schema.safeParse(data);
  if (result.success) return result.data;
  const otherFormat = describeOtherFormat(json, data);
  if (otherFormat !== undefined) throw new BadLine(otherFormat);
  const reasons = [...new Set(result.error.issues.map((issue) => reasonOf(issue, data)))];
  const more = reasons.length > MAX_REASONS ? `; and ${reasons.length - MAX_REASONS} more` : '';
  throw new BadLine(shortened(reasons.slice(0, MAX_REASONS).join('; '), MAX_MESSAGE_LENGTH) + more);
}

/** Limits the message of a line: the names in a line can be megabytes long. */
const MAX_MESSAGE_LENGTH = 500;

function parseJson(json: string): unknown {
  try {
    return JSON.parse(json);
  } catch {
    throw new BadLine(describeOtherFormat(json, undefined) ?? 'it is not valid JSON');
  }
}

function reasonOf(issue: z.core.$ZodIssue, data: unknown): string {
  const key = issue.path.join('.');
  if (issue.code === 'unrecognized_keys') {
    const names = issue.keys.map((name) =>
      [...issue.path, isPlain(name) ? name : JSON.stringify(name)].join('.'),
    );
    return `${names.join(', ')} is not a key of a task`;
  }
  if (key === '') return 'it is not an object';
  return valueAt(data, issue.path) === undefined ? `${key} is missing` : `${key} ${issue.message}`;
}

// Other names are quoted: they could contain line ends or invisible characters.
const isPlain = (name: string) => /^[\w.-]+$/.test(name);

function valueAt(data: unknown, path: readonly PropertyKey[]): unknown {
  return path.reduce<unknown>(
    (value, key) => (typeof value === 'object' && value !== null ? Reflect.get(value, key) : undefined),
    data,
  );
}
