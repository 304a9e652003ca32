import { z } from 'zod';
import { ActionError } from '../actions/action.ts';
import type { Condition } from '../db/export-conditions.ts';
import { findIdentifier } from '../db/sql-identifiers.ts';
import { EXPORT_INDEXES, type ExportIndex, isExportIndex, joinWords, quoted } from './indexes.ts';
import { JOINS, MAX_RULES } from './operators.ts';
import { parseRule, RuleError } from './rules.ts';

/** The rows or people that a task exports (contract A4, `trigger.segment`). */
export interface Segment {
  /** The index that has the columns of the conditions. */
  index: ExportIndex;
  join: 'all' | 'any';
  conditions: Condition[];
}

const segment = z.looseObject({
  entity: z.literal('people', { error: 'entity must be "people"' }).optional(),
  index: z.custom<ExportIndex>(isExportIndex, {
    error: `index must be one of ${joinWords(Object.keys(EXPORT_INDEXES))}`,
  }),
  join: z.enum(JOINS, { error: 'join must be "all" or "any"' }),
  chain_id: z.int({ error: 'chain_id must be an integer' }).optional(),
  rules: z
    .array(z.record(z.string(), z.unknown(), { error: 'every rule must be an object' }), {
      error: 'rules must be an array',
    })
    .min(1, 'rules must have at least one rule; leave the segment out to export all rows')
    .max(MAX_RULES, `rules must not have more than ${MAX_RULES} rules`),
});

/** Members of a trigger that select people with data that only the vendor's service has. */
export const UNSUPPORTED_SELECTIONS = ['segment_id', 'user_list'];

/**
 * Parses the segment of a task's trigger. `entity` and `chain_id` are optional.
 * @param now Unix milliseconds, the reference of relative dates
 * @returns undefined if there is no segment, or it is null
 * @throws ActionError when it is invalid or of another chain
 */
export function parseSegment(
  trigger: Record<string, unknown>,
  { chain, now }: { chain: number; now: number },
): Segment | undefined {
  for (const key of UNSUPPORTED_SELECTIONS) {
    if (trigger[key] === undefined || trigger[key] === null) continue;
    // Ignoring the selection would export all people.
    throw new ActionError(
      `The export does not support trigger.${key}. Write its rules in trigger.segment and create the task again.`,
    );
  }
  if (trigger.segment === undefined || trigger.segment === null) return undefined;
  const parsed = segment.safeParse(trigger.segment, { error: () => 'it must be an object' });
  if (!parsed.success) {
    const reasons = [...new Set(parsed.error.issues.map((issue) => issue.message))];
    throw new ActionError(`The segment cannot be used: ${reasons.join('; ')}.`);
  }
  const { index, join, chain_id: given = chain, rules } = parsed.data;
  if (given !== chain) {
    throw new ActionError(
      `The segment is of chain ${given}, but the task is of chain ${chain}. Create the task again with chain_id ${chain}.`,
    );
  }
  return { index, join, conditions: rules.map((rule, at) => parseRuleAt(rule, at + 1, now)) };
}

/** Checks that the index has the columns of all conditions. @throws ActionError with the names of the columns */
export function checkColumns({ index, conditions }: Segment, columns: readonly string[]): void {
  const missing = conditions.find(({ column }) => findIdentifier(columns, column) === undefined);
  if (!missing) return;
  throw new ActionError(
    `The segment has a rule on ${quoted(missing.column)}, which is not a column of ${index}; the columns are ${joinWords(columns)}.`,
  );
}

/**
 * Returns the column with the user id: `user_id`, or else `id` in the index `users`.
 * @throws ActionError when there is none
 */
export function findUserColumn(index: ExportIndex, columns: readonly string[]): string {
  const column =
    findIdentifier(columns, 'user_id') ?? (index === 'users' ? findIdentifier(columns, 'id') : undefined);
  if (column !== undefined) return column;
  throw new ActionError(
    `${index} has no column user_id, so its rows cannot be matched with the people of a segment. ` +
      'Use a segment with the index of the export, or no segment.',
  );
}

function parseRuleAt(rule: Record<string, unknown>, position: number, now: number): Condition {
  try {
    return parseRule(rule, now);
  } catch (error) {
    if (!(error instanceof RuleError)) throw error;
    throw new ActionError(`Rule ${position} of the segment cannot be used: ${error.message}.`);
  }
}
