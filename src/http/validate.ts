import { zValidator } from '@hono/zod-validator';
import type { ValidationTargets } from 'hono';
import { createMiddleware } from 'hono/factory';
import { z } from 'zod';
import { Problem } from './errors.ts';

/**
 * Validates one part of a request and hands it on typed. A bad part is a 400 whose sentence names each parameter
 * and what it accepts.
 */
export const validate = <Schema extends z.ZodType, Target extends keyof ValidationTargets>(
  target: Target,
  schema: Schema,
) =>
  zValidator(target, schema, (result) => {
    if (result.success) return;
    // In a body an array is a value like any other.
    const repeatable = target === 'query' ? result.data : undefined;
    throw new Problem('invalid_parameters', describe(result.error.issues, repeatable));
  });

/** @param query where parameters may come twice */
function describe(issues: readonly z.core.$ZodIssue[], query: unknown): string {
  const sentences = issues.map((issue) => {
    const [first, ...rest] = issue.path.map(String);
    if (first === undefined) return `The body ${issue.message}.`;
    if (rest.length === 0 && isRepeated(query, first)) return `${first} may be given only once.`;
    return `${[first, ...rest].join('.')} ${issue.message}.`;
  });
  return [...new Set(sentences)].join(' ');
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

/** Refuses a target whose percent-encoding is broken or not UTF-8, before it is half-decoded and misunderstood. */
export const wellFormedUrl = createMiddleware(async function wellFormedUrl(c, next) {
  try {
    decodeURIComponent(c.req.url);
  } catch {
    throw new Problem(
      'invalid_parameters',
      'The URL has a malformed percent-encoding; write % itself as %25.',
    );
  }
  await next();
});
