import { zValidator } from '@hono/zod-validator';
import type { ValidationTargets } from 'hono';
import { createMiddleware } from 'hono/factory';
import { z } from 'zod';
import { hasAtMost, shortened } from '../lib/text.ts';
import { ApiError } from './errors.ts';

/**
 * Creates middleware that validates one part of a request. If it is invalid, the error sentence of the 400 names each
 * invalid parameter and the accepted values.
 */
export const validate = <Schema extends z.ZodType, Target extends keyof ValidationTargets>(
  target: Target,
  schema: Schema,
) =>
  zValidator(target, schema, (result, c) => {
    if (target === 'query') rejectBrackets(Object.keys(c.req.queries()), schema);
    if (result.success) return;
    // In a body, an array is not a repeated parameter.
    const repeatable = target === 'query' ? result.data : undefined;
    throw new ApiError('invalid_parameters', describe(result.error.issues, repeatable));
  });

/** Rejects `status[]` and `status[0]`, the notation of some clients for a repeated parameter (contract A3). */
function rejectBrackets(names: readonly string[], schema: z.ZodType): void {
  const known = schema instanceof z.ZodObject ? Object.keys(schema.shape) : [];
  for (const name of names) {
    const [, plain = ''] = /^([^[]+)\[.*\]/s.exec(name) ?? [];
    if (known.includes(plain)) {
      throw new ApiError('invalid_parameters', `${plain} may be given only once, and without brackets.`);
    }
  }
}

/** Limits the length of an error sentence. */
const MAX_ISSUES = 3;
const MAX_NAME_LENGTH = 100;

/** @param query the query parameters, if the issues are about the query */
function describe(issues: readonly z.core.$ZodIssue[], query: unknown): string {
  const sentences = new Set<string>();
  for (const issue of issues) {
    const sentence = sentenceOf(issue, query);
    if (sentences.has(sentence)) continue;
    if (sentences.size === MAX_ISSUES) return [...sentences, 'There are more problems.'].join(' ');
    sentences.add(sentence);
  }
  return [...sentences].join(' ');
}

function sentenceOf({ path, message }: z.core.$ZodIssue, query: unknown): string {
  const [first, ...rest] = path.map((part) => shortened(String(part), MAX_NAME_LENGTH));
  if (first === undefined) return `The body ${message}.`;
  if (rest.length === 0 && isRepeated(query, first)) return `${first} may be given only once.`;
  return `${[first, ...rest].join('.')} ${message}.`;
}

/**
 * Returns a schema that accepts what both schemas accept. Its errors are those of `checked`, which name members and
 * rules. Its type and its description in the OpenAPI document are those of `documented`.
 */
export function withErrorsOf<Documented extends z.ZodType>(checked: z.ZodType, documented: Documented) {
  const check = (value: z.input<Documented>, context: z.core.$RefinementCtx) => {
    const { error } = checked.safeParse(value);
    if (!error) return value;
    for (const { path, message } of error.issues) context.addIssue({ code: 'custom', path, message });
    return z.NEVER;
  };
  return z.preprocess<z.input<Documented>, Documented, z.input<Documented>>(check, documented);
}

/** Returns the schema of a text with at most `max` characters (code points). */
export const limitedText = (text: z.ZodString, max: number) =>
  text
    .refine((value) => hasAtMost(value, max), `must have at most ${max} characters`)
    .meta({ maxLength: max });

/** Returns the schema of an array with at most `max` elements. A longer array is rejected before its elements are read. */
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

const INT32_MAX = 2 ** 31 - 1;

/**
 * Returns the OpenAPI format of an integer, so that generated clients use a type that holds all its values.
 * @param maximum undefined if there is no limit
 */
export const integerFormat = (maximum = Number.POSITIVE_INFINITY) =>
  maximum <= INT32_MAX ? 'int32' : 'int64';

/**
 * Returns the schema of an integer parameter in decimal digits (contract A3). `1e1`, `0x10`, ` 5`, `5.0`, `+5` and the
 * empty string are rejected. The default of `max` is the largest integer that a JSON number represents exactly.
 */
export function integerParameter({ min, max = Number.MAX_SAFE_INTEGER }: { min: number; max?: number }) {
  return z
    .string()
    .refine((text) => /^\d+$/.test(text) && Number(text) >= min && Number(text) <= max, {
      error: `must be an integer from ${min} to ${max}`,
    })
    .transform(Number)
    .meta({ override: { type: 'integer', format: integerFormat(max), minimum: min, maximum: max } });
}

/** Returns the schema of an integer parameter with a default value, which is part of the OpenAPI document. */
export function integerWithDefault(range: { min: number; max?: number }, value: number) {
  return integerParameter(range)
    .default(value)
    .meta({ override: { default: value } });
}

/** Returns true if the percent-encoding of a URL is valid UTF-8. */
export function isWellFormedUrl(url: string): boolean {
  try {
    decodeURIComponent(url);
    return true;
  } catch {
    return false;
  }
}

/** Rejects a target whose percent-encoding is not valid UTF-8, because Hono would decode only parts of it. */
export const requireWellFormedUrl = createMiddleware(async function requireWellFormedUrl(c, next) {
  if (!isWellFormedUrl(c.req.url)) {
    throw new ApiError(
      'invalid_parameters',
      'The URL has a malformed percent-encoding; write % itself as %25.',
    );
  }
  await next();
});
