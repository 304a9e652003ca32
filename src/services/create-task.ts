/** What makes a Services task (contract A4): the body of `POST /tasks`. Keys that it does not name are ignored. */
import { z } from 'zod';
import { ActionError } from '../actions/action.ts';
import { EXPORT_FORMATS } from '../exports/formats.ts';
import { EXPORT_INDEXES } from '../exports/indexes.ts';
import { conditionOf, OPERATORS, RuleError } from '../exports/rules.ts';
import { parseSegment, UNKNOWN_SELECTIONS } from '../exports/segment.ts';
import { boundedArray } from '../http/validate.ts';
import { schedule } from './schedule.ts';
import { id, objectError, text } from './schema.ts';

const INDEXES = Object.keys(EXPORT_INDEXES);
const FORMATS = Object.keys(EXPORT_FORMATS);

const oneOf = <const Values extends readonly string[]>(values: Values) =>
  z.enum(values, { error: `must be one of ${values.join(', ')}` });

const word = text.min(1, 'must not be empty');

const rule = z
  .looseObject(
    {
      field_name: word,
      field_type: word.meta({ examples: ['keyword', 'date'] }),
      operator: word.meta({ examples: Object.keys(OPERATORS) }),
    },
    { error: objectError },
  )
  .superRefine((given, context) => {
    try {
      conditionOf(given, 0);
    } catch (error) {
      if (!(error instanceof RuleError)) throw error;
      context.addIssue({ code: 'custom', message: `cannot be used: ${error.message}` });
    }
  })
  .meta({ description: 'Each operator has its own operands: see docs/exports.md.' });

/** The most rules of a segment (contract A4). */
const MAX_RULES = 100;

const segment = z.looseObject(
  {
    entity: z.literal('people', { error: 'must be people' }),
    index: oneOf(INDEXES),
    join: oneOf(['all', 'any']),
    chain_id: id,
    rules: boundedArray(rule, MAX_RULES, 'must be an array').refine((rules) => rules.length > 0, {
      error: 'must have at least one rule',
    }),
  },
  { error: objectError },
);

const trigger = schedule
  .extend({
    segment: segment.optional().meta({ description: 'Which rows: those of people whom the rules fit.' }),
  })
  .meta({ description: 'Kept exactly as it is spelt, unknown keys included.' });

const exportTarget = z.looseObject({
  export_index: oneOf(INDEXES),
  export_format: oneOf(FORMATS),
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
    description: `Kept exactly as it is spelt. The action export takes export_index (${INDEXES.join(', ')}) and export_format (${FORMATS.join(', ')}).`,
  });

/** The run reads the segment with the same parser, so that no task is accepted whose every run would end in ERROR. */
function requireUsableSegment(
  trigger: Record<string, unknown>,
  chain: number,
  context: z.RefinementCtx,
): void {
  const unknown = UNKNOWN_SELECTIONS.filter((key) => trigger[key] !== undefined && trigger[key] !== null);
  for (const key of unknown) {
    const message = 'cannot be followed by an export; write its rules out in trigger.segment';
    context.addIssue({ code: 'custom', path: ['trigger', key], message });
  }
  // Each problem of the body has been named already.
  if (context.issues.length > 0) return;
  try {
    parseSegment(trigger, { chain, now: 0 });
  } catch (error) {
    if (!(error instanceof ActionError)) throw error;
    context.addIssue({
      code: 'custom',
      path: ['trigger', 'segment'],
      message: `cannot be used: ${error.message}`,
    });
  }
}

export const createTaskBody = z
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
  .superRefine(({ chain, trigger, target }, context) => {
    if (trigger.segment !== undefined && trigger.segment.chain_id !== chain) {
      const message = 'must be the chain of the task';
      context.addIssue({ code: 'custom', path: ['trigger', 'segment', 'chain_id'], message });
    } else if (target.action === 'export') {
      requireUsableSegment(trigger, chain, context);
    }
  })
  .meta({ id: 'TaskOrder' });

export type CreateTaskBody = z.infer<typeof createTaskBody>;
