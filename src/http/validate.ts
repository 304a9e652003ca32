import { zValidator } from '@hono/zod-validator';
import type { ValidationTargets } from 'hono';
import { createMiddleware } from 'hono/factory';
import { z } from 'zod';
import { shortened } from '../lib/text.ts';
import { Problem } from './errors.ts';

/**
 * Validates one part of a request and hands it on typed. A bad part is a 400 whose sentence names each parameter
 * and what it accepts.
 */
export const validate = <Schema extends z.ZodType, Target extends keyof ValidationTargets>(
  target: Target,
  schema: Schema,
) =>
  zValidator(target, schema, (result, c) => {
    if (target === 'query') refuseBrackets(Object.keys(c.req.queries()), schema);
    if (result.success) return;
    // In a body an array is a value like any other.
    const repeatable = target === 'query' ? result.data : undefined;
    throw new Problem('invalid_parameters', describe(result.error.issues, repeatable));
  });

/** `status[]` and `status[0]` are how many clients write a repeated parameter (contract A3). */
function refuseBrackets(names: readonly string[], schema: z.ZodType): void {
  const known = schema instanceof z.ZodObject ? Object.keys(schema.shape) : [];
  for (const name of names) {
    const [, plain = ''] = /^([^[]+)\[.*\]/s.exec(name) ?? [];
    if (known.includes(plain)) {
      throw new Problem('invalid_parameters', `${plain} may be given only once, and without brackets.`);
    }
  }
}

/** A 400 names so many problems, so that it is short whatever was sent. */
const MAX_PROBLEMS = 3;
const MAX_NAME_LENGTH = 100;

/** @param query where parameters may come twice */
function describe(issues: readonly z.core.$ZodIssue[], query: unknown): string {
  const sentences = new Set<string>();
  for (const issue of issues) {
    if (sentences.size === MAX_PROBLEMS) break;
    sentences.add(sentenceOf(issue, query));
  }
  return [...sentences].join(' ');
}

function sentenceOf({ path, message }: z.core.$ZodIssue, query: unknown): string {
  const [first, ...rest] = path.map((part) => shortened(String(part), MAX_NAME_LENGTH));
  if (first === undefined) return `The body ${message}.`;
  if (rest.length === 0 && isRepeated(query, first)) return `${first} may be given only once.`;
  return `${[first, ...rest].join('.')} ${message}.`;
}

/** An array of at most `max` elements, which are looked at only if they are no more. */
export function boundedArray<Element extends z.ZodType>(element: Element, max: number, error: string) {
  return z.preprocess((value, context) => {
    if (Array.isArray(value) && value.length > max) {
      context.addIssue({ code: 'custom', message: `must have at most ${max} elements` });
      return z.NEVER;
    }
    return value;
  }, z.array(element, error).max(max));
}

const isRepeated = (data: unknown, name: string) =>
  typeof data === 'object' &&
  data !== null &&
  Array.isArray(Object.entries(data).find(([key]) => key === name)?.[1]);

/**
 * An integer parameter in plain decimal digits (contract A3): `1e1`, `0x10`, ` 5`, `5.0`, `+5` and nothing at all
 * are refused. Without `max`, up to the largest integer that JSON numbers carry exactly.
 */
export function integerParameter({ min, max = Number.MAX_SAFE_INTEGER }: { min: number; max?: number }) {
  return z
    .string()
    .refine((text) => /^\d+$/.test(text) && Number(text) >= min && Number(text) <= max, {
      error: `must be an integer from ${min} to ${max}`,
    })
    .transform(Number)
    .meta({ override: { type: 'integer', minimum: min, maximum: max } });
}

/** An integer parameter that counts as `value` when it is not given, which the OpenAPI document says too. */
export function integerWithDefault(range: { min: number; max?: number }, value: number) {
  return integerParameter(range)
    .default(value)
    .meta({ override: { default: value } });
}

/** True if the percent-encoding of a URL is complete, and UTF-8. */
export function isWellFormedUrl(url: string): boolean {
  try {
    decodeURIComponent(url);
    return true;
  } catch {
    return false;
  }
}

/** Refuses a target whose percent-encoding is broken or not UTF-8, before it is half-decoded and misunderstood. */
export const wellFormedUrl = createMiddleware(async function wellFormedUrl(c, next) {
  if (!isWellFormedUrl(c.req.url)) {
    throw new Problem(
      'invalid_parameters',
      'The URL has a malformed percent-encoding; write % itself as %25.',
    );
  }
  await next();
});
