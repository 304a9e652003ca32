/** The schemas of the operands of rules (contract A4). They validate a rule and describe it in the OpenAPI document. */
import { z } from 'zod';
import { DATE_TIME_PATTERN, type DateTime, parseDateTime } from '../dates.ts';

const VALUE_RULE = 'must be a text, or a number of at most 15 digits';
const MOMENT_RULE = 'must be a time such as 2026-05-31T12:00:00Z, or a day such as 2026-05-31';

/** The name of a date operand in the OpenAPI document. */
export const MOMENT_ID = 'RuleDate';

/** A text, or a number that is compared as a text. JSON.parse loses digits of larger integers. */
const textOperand = z
  .union(
    [
      z.string(),
      z.number().min(Number.MIN_SAFE_INTEGER, VALUE_RULE).max(Number.MAX_SAFE_INTEGER, VALUE_RULE),
    ],
    VALUE_RULE,
  )
  .meta({ id: 'RuleValue', description: 'A text, or a number that is compared as a text.' })
  .transform(String);

/** A day, or a time. A time without a zone is UTC. */
export const momentOperand = z
  .string(MOMENT_RULE)
  .meta({
    id: MOMENT_ID,
    description: 'A day, or a time with or without a zone (ISO 8601). A time without a zone is UTC.',
    pattern: DATE_TIME_PATTERN,
    examples: ['2026-05-31', '2026-05-31T12:00:00Z'],
  })
  .transform((text, context): DateTime => {
    const moment = parseDateTime(text);
    if (moment) return moment;
    context.issues.push({ code: 'custom', input: text, message: MOMENT_RULE });
    return z.NEVER;
  });

export const textOperands = z.object({ value: textOperand });

const number = z.number({ error: 'must be a number' });

export const numberOperands = z.object({ min: number, max: number });

export const dayOperands = z.object({ value: momentOperand });

export const dateRangeOperands = z.object({ start_date: momentOperand, end_date: momentOperand });

export const relativeDateOperands = z.object({
  time_factor: z.literal('day', { error: 'must be "day"' }),
  time_amount: z
    .int({ error: 'must be an integer' })
    .min(1, 'must be at least 1')
    .max(100_000, 'must be at most 100000'),
});
