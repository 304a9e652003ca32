/** The schema of the body of `POST /tasks` (contract A4). Other keys of the body are ignored. */
import { z } from 'zod';
import { ActionError } from '../actions/action.ts';
import { MAX_ACTION_LENGTH } from '../db/model/target-fields.ts';
import { EXPORT_INDEXES } from '../exports/indexes.ts';
import { EXPORT_FORMAT_NAMES, JOINS, MAX_RULES } from '../exports/operators.ts';
import { parseRule, RuleError } from '../exports/rules.ts';
import { parseSegment, UNSUPPORTED_SELECTIONS } from '../exports/segment.ts';
import { boundedArray, limitedText, withErrorsOf } from '../http/validate.ts';
import { rule } from './rule-schema.ts';
import { schedule } from './schedule.ts';
import { id, nonEmptyText, objectError, text } from './schema.ts';

const INDEXES = Object.keys(EXPORT_INDEXES);

const oneOf = <const Values extends readonly string[]>(values: Values) =>
  z.enum(values, { error: `must be one of ${values.join(', ')}` });

const exportIndex = oneOf(INDEXES).meta({ id: 'ExportIndex', description: 'The kind of rows.' });

const checkedRule = z
  .looseObject(
    {
      field_name: nonEmptyText,
      field_type: nonEmptyText,
      operator: nonEmptyText,
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
  });

const checkedSegment = z.looseObject(
  {
    entity: z.literal('people', { error: 'must be people' }),
    index: exportIndex,
    join: oneOf(JOINS),
    chain_id: id.meta({ description: 'The chain of the task.' }),
    rules: boundedArray(checkedRule, MAX_RULES, 'must be an array').refine((rules) => rules.length > 0, {
      error: 'must have at least one rule',
    }),
  },
  { error: objectError },
);

const segment = checkedSegment
  .extend({ rules: z.array(rule).min(1).max(MAX_RULES) })
  .meta({ id: 'Segment', description: 'The people whose rows are exported: those who meet the rules.' });

const checkedTrigger = schedule.extend({ segment: checkedSegment.optional() });

const trigger = schedule.extend({ segment: segment.optional() }).meta({
  id: 'NewTrigger',
  description: 'When the task runs, and for which people. Stored exactly as sent, including unknown keys.',
});

const exportOptions = { export_index: exportIndex, export_format: oneOf(EXPORT_FORMAT_NAMES) };

const action = limitedText(nonEmptyText, MAX_ACTION_LENGTH);

const checkedTarget = z.looseObject({ action }, { error: objectError }).superRefine((given, context) => {
  if (given.action !== 'export') return;
  for (const { path, message } of z.looseObject(exportOptions).safeParse(given).error?.issues ?? []) {
    context.addIssue({ code: 'custom', path, message });
  }
});

const target = z
  .union([
    z
      .looseObject({ action: z.literal('export'), ...exportOptions })
      .meta({ id: 'ExportTarget', description: 'Writes the rows of an index into a file.' }),
    z
      .looseObject({
        action: action.meta({ not: { const: 'export' }, examples: ['bulk issue rewards'] }),
      })
      .meta({ id: 'OtherTarget', description: 'Any other action. The task runs if a runner supports it.' }),
  ])
  .meta({
    id: 'NewTarget',
    description: 'What the task does. Stored exactly as sent, including unknown keys.',
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

const debug = text.optional();

const checkedBody = z
  .object(
    { chain: id, desc: text, trigger: checkedTrigger, target: checkedTarget, debug },
    { error: objectError },
  )
  .superRefine(({ chain, trigger, target }, context) => {
    if (trigger.segment !== undefined && trigger.segment.chain_id !== chain) {
      const message = 'must be the chain of the task';
      context.addIssue({ code: 'custom', path: ['trigger', 'segment', 'chain_id'], message });
    } else if (target.action === 'export') {
      requireUsableSegment(trigger, chain, context);
    }
  });

/** An export refuses a trigger with a selection that it does not support. */
const exportsNeedSegments = {
  if: { properties: { target: { properties: { action: { const: 'export' } } } } },
  // biome-ignore lint/suspicious/noThenProperty: a keyword of JSON Schema.
  then: {
    properties: {
      trigger: {
        properties: Object.fromEntries(UNSUPPORTED_SELECTIONS.map((key) => [key, { type: 'null' }])),
        additionalProperties: true,
      },
    },
    // Linters close every object that does not say that it is open.
    additionalProperties: true,
  },
};

const documentedBody = z
  .object({
    chain: id.meta({ description: 'The authenticated chain.' }),
    desc: text.meta({ description: 'What the task is for, in the words of its author.' }),
    trigger,
    target,
    debug: debug.meta({ description: 'A note. If it is left out, it is empty.' }),
  })
  .meta({ id: 'NewTask', description: 'A new task. Other keys are ignored.', ...exportsNeedSegments });

export const createTaskBody = withErrorsOf(checkedBody, documentedBody);

export type CreateTaskBody = z.infer<typeof createTaskBody>;
