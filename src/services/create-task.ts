/** The schema of the body of `POST /tasks` (contract A4). Other keys of the body are ignored. */
import { z } from 'zod';
import { ActionError } from '../actions/action.ts';
import { EXPORT_FORMATS } from '../exports/formats.ts';
import { EXPORT_INDEXES } from '../exports/indexes.ts';
import { OPERATORS, parseRule, RuleError } from '../exports/rules.ts';
import { MAX_RULES, parseSegment, UNSUPPORTED_SELECTIONS } from '../exports/segment.ts';
import { boundedArray } from '../http/validate.ts';
import { schedule } from './schedule.ts';
import { actionText, id, objectError, text } from './schema.ts';

const INDEXES = Object.keys(EXPORT_INDEXES);
const FORMATS = Object.keys(EXPORT_FORMATS);

const oneOf = <const Values extends readonly string[]>(values: Values) =>
  z.enum(values, { error: `must be one of ${values.join(', ')}` });

const NOT_EMPTY = 'must not be empty';

const nonEmptyText = text.min(1, NOT_EMPTY);

const rule = z
  .looseObject(
    {
      field_name: nonEmptyText,
      field_type: nonEmptyText.meta({ examples: ['keyword', 'date'] }),
      operator: nonEmptyText.meta({ examples: Object.keys(OPERATORS) }),
    },
    { error: objectError },
  )
  .superRefine((given, context) => {
    try {
      parseRule(given, 0);
    } catch (error) {
      if (!(error instanceof RuleError)) throw error;
      context.addIssue({ code: 'custom', message: `cannot be used: ${error.message}` });
    }
  })
  .meta({ description: 'Each operator has its own operands: see docs/exports.md.' });

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
    segment: segment.optional().meta({ description: 'Limits the export to people who meet the rules.' }),
  })
  .meta({ description: 'Stored exactly as sent, including unknown keys.' });

const exportTarget = z.looseObject({
  export_index: oneOf(INDEXES),
  export_format: oneOf(FORMATS),
});

const target = z
  .looseObject({ action: actionText.min(1, NOT_EMPTY) }, { error: objectError })
  .superRefine((given, context) => {
    if (given.action !== 'export') return;
    for (const { path, message } of exportTarget.safeParse(given).error?.issues ?? []) {
      context.addIssue({ code: 'custom', path, message });
    }
  })
  .meta({
    description: `Stored exactly as sent, including unknown keys. The action export takes export_index (${INDEXES.join(', ')}) and export_format (${FORMATS.join(', ')}).`,
  });

/** Rejects a segment that every run would reject. Both use the same parser. */
function requireUsableSegment(
  trigger: Record<string, unknown>,
  chain: number,
  context: z.RefinementCtx,
): void {
  const unknown = UNSUPPORTED_SELECTIONS.filter((key) => trigger[key] !== undefined && trigger[key] !== null);
  for (const key of unknown) {
    const message = 'is not supported by export; write its rules in trigger.segment';
    context.addIssue({ code: 'custom', path: ['trigger', key], message });
  }
  // The body has issues already; more would only repeat them.
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
