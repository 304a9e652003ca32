import { z } from 'zod';
import { ActionError } from '../actions/action.ts';
import type { Condition } from '../db/export-conditions.ts';
import { findIdentifier } from '../db/sql-identifiers.ts';
import { EXPORT_INDEXES, type ExportIndex, isExportIndex, listed, named } from './indexes.ts';
import { conditionOf, RuleError } from './rules.ts';

/** Which rows or people a task is about (contract A4, `trigger.segment`). */
export interface Segment {
  /** The index whose columns the conditions are on. */
  index: ExportIndex;
  join: 'all' | 'any';
  conditions: Condition[];
}

const MOST_RULES = 100;

const segment = z.looseObject({
  entity: z.literal('people', { error: 'entity must be "people"' }).optional(),
  index: z.custom<ExportIndex>(isExportIndex, {
    error: `index must be one of ${listed(Object.keys(EXPORT_INDEXES))}`,
  }),
  join: z.enum(['all', 'any'], { error: 'join must be "all" or "any"' }),
  chain_id: z.int({ error: 'chain_id must be an integer' }).optional(),
  rules: z
    .array(z.record(z.string(), z.unknown(), { error: 'every rule must be an object' }), {
      error: 'rules must be an array',
    })
    .min(1, 'rules must have at least one rule; leave the segment out to export all rows')
    .max(MOST_RULES, `rules must not have more than ${MOST_RULES} rules`),
});

/** Members of a trigger that select people in ways that only the vendor's own service can follow. */
export const UNKNOWN_SELECTIONS = ['segment_id', 'user_list'];

/**
 * Reads the segment of a task's trigger; undefined when there is none, or it is null. `entity` and `chain_id` may be left out.
 * @param now Unix milliseconds: what relative dates are relative to
 * @throws ActionError when it is not as the contract says, or is of another chain
 */
export function parseSegment(
  trigger: Record<string, unknown>,
  { chain, now }: { chain: number; now: number },
): Segment | undefined {
  for (const key of UNKNOWN_SELECTIONS) {
    // Exporting everybody where somebody was meant would be worse than nothing.
    if (trigger[key] === undefined || trigger[key] === null) continue;
    throw new ActionError(
      `The export cannot follow trigger.${key}; write its rules out in trigger.segment and make the task again.`,
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
      `The segment is of chain ${given} and the task of chain ${chain}; make the task again with that chain_id.`,
    );
  }
  return { index, join, conditions: rules.map((rule, at) => conditionAt(rule, at + 1, now)) };
}

/** @throws ActionError when a condition is on a column that is not there; it names those that are */
export function checkColumns({ index, conditions }: Segment, columns: readonly string[]): void {
  const missing = conditions.find(({ column }) => findIdentifier(columns, column) === undefined);
  if (!missing) return;
  throw new ActionError(
    `The segment has a rule on ${named(missing.column)}, which is no column of ${index}; the columns are ${listed(columns)}.`,
  );
}

/**
 * The column that says whose a row is: `user_id` or, in `users`, `id` where there is no `user_id`.
 * @throws ActionError when there is none
 */
export function userColumn(index: ExportIndex, columns: readonly string[]): string {
  const column =
    findIdentifier(columns, 'user_id') ?? (index === 'users' ? findIdentifier(columns, 'id') : undefined);
  if (column !== undefined) return column;
  throw new ActionError(
    `The rows of ${index} have no column user_id, so they cannot be matched with the people of a segment; ` +
      'give a segment of the same index as the export, or none.',
  );
}

/** @param place counted from 1 */
function conditionAt(rule: Record<string, unknown>, place: number, now: number): Condition {
  try {
    return conditionOf(rule, now);
  } catch (error) {
    if (!(error instanceof RuleError)) throw error;
    throw new ActionError(`Rule ${place} of the segment cannot be used: ${error.message}.`);
  }
}
