import type { z } from 'zod';
import type { NewHdpTask, NewServicesTask } from '../db/rows.ts';
import { toTaskRow as hdpRow } from '../hdp/adapter.ts';
import { hdpTask } from '../hdp/schema.ts';
import { isStringifyOutput, memberTexts, UnsupportedJsonError } from '../json-text.ts';
import { toTaskRow as servicesRow } from '../services/adapter.ts';
import { schedule } from '../services/schedule.ts';
import { servicesTask } from '../services/schema.ts';
import { describeOtherFormat } from './line-format.ts';

/** A line that is no task; the message names the key and the reason. */
export class BadLine extends Error {}

/** A task as its API lists it. Of a READY one the runner must be able to read when it runs (contract A4, Repeats). */
const importedTask = servicesTask.superRefine(({ state, trigger }, context) => {
  if (state.code !== 'READY') return;
  for (const { path, message } of schedule.safeParse(trigger).error?.issues ?? []) {
    context.addIssue({ code: 'custom', path: ['trigger', ...path], message });
  }
});

/** A Services task as its API lists it (contract A3), as a row. @throws BadLine */
export function parseServicesTask(json: string): NewServicesTask {
  const task = parse(importedTask, json);
  return kept(() => servicesRow(task, json));
}

/** An HDP task as its API lists it (contract B2), as a row. @throws BadLine */
export function parseHdpTask(json: string): NewHdpTask {
  const task = parse(hdpTask, json);
  if (!isStringifyOutput(task, json)) kept(() => memberTexts(json));
  return hdpRow(task);
}

function kept<T>(make: () => T): T {
  try {
    return make();
  } catch (error) {
    if (error instanceof UnsupportedJsonError) throw new BadLine(`the task ${error.message}`);
    throw error;
  }
}

const MOST_REASONS = 3;

function parse<Schema extends z.ZodType>(schema: Schema, json: string): z.infer<Schema> {
  const data = parseJson(json);
  const result = schema.safeParse(data);
  if (result.success) return result.data;
  const mistaken = describeOtherFormat(json, data);
  if (mistaken !== undefined) throw new BadLine(mistaken);
  const reasons = [...new Set(result.error.issues.map((issue) => reasonOf(issue, data)))];
  const more = reasons.length > MOST_REASONS ? `; and ${reasons.length - MOST_REASONS} more` : '';
  throw new BadLine(shortened(reasons.slice(0, MOST_REASONS).join('; ')) + more);
}

/** A line may be two megabytes long, and so may what it names; what is said of it may not. */
const shortened = (text: string) =>
  text.length <= LONGEST_REPORT ? text : `${text.slice(0, LONGEST_REPORT)}…`;
const LONGEST_REPORT = 500;

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

// Any other name could break the message's line, or vanish from it.
const isPlain = (name: string) => /^[\w.-]+$/.test(name);

function valueAt(data: unknown, path: readonly PropertyKey[]): unknown {
  return path.reduce<unknown>(
    (value, key) => (typeof value === 'object' && value !== null ? Reflect.get(value, key) : undefined),
    data,
  );
}
