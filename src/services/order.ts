/** What makes a Services task (contract A4): the body of `POST /tasks`. Keys that it does not name are ignored. */
import { z } from 'zod';
import { parseInstant } from '../time.ts';
import { id, objectError, text } from './schema.ts';

/** What can be exported, and the word that its files begin with. */
export const EXPORT_INDEXES = [
  'transactions',
  'users',
  'vouchers',
  'wallet-ledger',
  'products',
  'product-variants',
] as const;

export const EXPORT_FORMATS = ['csv', 'json'] as const;

export const OPERATORS = [
  'is',
  'is_not',
  'contains',
  'does_not_contain',
  'is_date',
  'is_after_date',
  'is_before_date',
  'is_between_date',
  'relative_less_than',
  'is_between_number',
] as const;

const oneOf = <const Values extends readonly string[]>(values: Values) =>
  z.enum(values, { error: `must be one of ${values.join(', ')}` });

const word = z.string('must be a string').min(1, 'must not be empty');

const instant = z
  .string('must be a string')
  .refine((value) => parseInstant(value) !== undefined, {
    error: 'must be a date-time with Z or an offset, like 2026-05-26T12:00:00Z',
  })
  .meta({ format: 'date-time' });

const rule = z
  .looseObject(
    {
      field_name: word,
      field_type: word.meta({ examples: ['keyword', 'date'] }),
      operator: oneOf(OPERATORS),
      value: z
        .union([z.string(), z.number(), z.boolean()], { error: 'must be a string, a number, true or false' })
        .optional(),
      start_date: instant.optional(),
      end_date: instant.optional(),
      time_factor: oneOf(['day']).optional(),
      time_amount: z.int('must be an integer').min(0, 'must be 0 or more').optional(),
      min: z.number('must be a number').optional(),
      max: z.number('must be a number').optional(),
    },
    { error: objectError },
  )
  .superRefine((given, context) => {
    const missing = operandsOf(given.operator).filter((name) => given[name] === undefined);
    for (const name of missing) {
      context.addIssue({ code: 'custom', path: [name], message: `is required by ${given.operator}` });
    }
  });

/** What an operator compares with. */
function operandsOf(operator: (typeof OPERATORS)[number]) {
  switch (operator) {
    case 'is_after_date':
      return ['start_date'] as const;
    case 'is_before_date':
      return ['end_date'] as const;
    case 'is_between_date':
      return ['start_date', 'end_date'] as const;
    case 'relative_less_than':
      return ['time_factor', 'time_amount'] as const;
    case 'is_between_number':
      return ['min', 'max'] as const;
    default:
      return ['value'] as const;
  }
}

const segment = z.looseObject(
  {
    entity: z.literal('people', { error: 'must be people' }),
    index: word,
    join: oneOf(['all', 'any']),
    chain_id: id,
    rules: z.array(rule, { error: 'must be an array' }),
  },
  { error: objectError },
);

const trigger = z
  .looseObject(
    {
      once: instant.meta({ description: 'When it is to run; a time that has passed means at once.' }),
      repeat: oneOf(['daily', 'weekly', 'monthly'])
        .optional()
        .meta({ description: 'When a run ends, a new task follows: `once` moved on past that moment.' }),
      segment: segment.optional().meta({ description: 'Which rows: those of people whom the rules fit.' }),
    },
    { error: objectError },
  )
  .meta({ description: 'Kept exactly as it is spelt, unknown keys included.' });

const exportTarget = z.looseObject({
  export_index: oneOf(EXPORT_INDEXES),
  export_format: oneOf(EXPORT_FORMATS),
});

const target = z
  .looseObject({ action: word }, { error: objectError })
  .superRefine((given, context) => {
    if (given.action !== 'export') return;
    for (const { path, message } of exportTarget.safeParse(given).error?.issues ?? []) {
      context.addIssue({ code: 'custom', path, message });
    }
  })
  .meta({
    description: `Kept exactly as it is spelt. The action export takes export_index (${EXPORT_INDEXES.join(', ')}) and export_format (${EXPORT_FORMATS.join(', ')}).`,
  });

export const taskOrder = z
  .object(
    {
      chain: id.meta({ description: 'The authenticated chain.' }),
      desc: text,
      trigger,
      target,
      debug: text.default(''),
    },
    { error: objectError },
  )
  .superRefine((order, context) => {
    if (order.trigger.segment !== undefined && order.trigger.segment.chain_id !== order.chain) {
      const message = 'must be the chain of the task';
      context.addIssue({ code: 'custom', path: ['trigger', 'segment', 'chain_id'], message });
    }
  })
  .meta({ id: 'TaskOrder' });

export type TaskOrder = z.infer<typeof taskOrder>;
