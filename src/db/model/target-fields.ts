/** The values of a Services task's `target` by which lists are filtered (contract A3). */

/**
 * Maximum number of characters (code points) of `action`. A row of an index of PostgreSQL has at most 2,704 bytes. A
 * character needs at most 12 bytes there (db/postgres/text-encoding.ts).
 */
export const MAX_ACTION_LENGTH = 200;

export interface TargetFields {
  /** `action` if it is a string. */
  action: string | null;
  /** `campaign_id`, or `campaign` if `campaign_id` is absent or null: an integer, also if it is written as 7.0 or 7e0. */
  campaign: number | null;
}

/** @param target JSON text of an object */
export function targetFields(target: string): TargetFields {
  const { action, campaign, campaign_id }: Record<string, unknown> = JSON.parse(target);
  return {
    action: typeof action === 'string' ? action : null,
    campaign: integerOf(campaign_id ?? campaign),
  };
}

/** A filter cannot name a number beyond the safe integers. Negative zero is zero. */
const integerOf = (value: unknown): number | null => (Number.isSafeInteger(value) ? Number(value) + 0 : null);
