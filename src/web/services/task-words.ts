/** Parts of a task in words. `trigger` and `target` are free JSON, so that each member may be anything. */
import type { ServicesTask } from '../api-types.ts';

type Free = Readonly<Record<string, unknown>>;

const MAX_LENGTH = 200;

/** Returns a text of limited length. The page shows the whole one elsewhere. */
export const shorten = (text: string, maxLength = MAX_LENGTH): string =>
  text.length <= maxLength ? text : `${text.slice(0, maxLength)}…`;

/** Returns a member as a short text; undefined if it is absent or null. */
export function memberText(object: Free, name: string): string | undefined {
  const value = Object.hasOwn(object, name) ? object[name] : undefined;
  if (value === undefined || value === null) return undefined;
  return shorten(typeof value === 'string' ? value : (JSON.stringify(value) ?? ''));
}

/** Returns what a task does, such as `export of users as CSV`. */
export function actionWords({ target }: Pick<ServicesTask, 'target'>): string {
  const action = memberText(target, 'action') ?? 'no action';
  const index = memberText(target, 'export_index');
  if (action !== 'export' || index === undefined) return action;
  const format = memberText(target, 'export_format');
  return `export of ${index}${format ? ` as ${format.toUpperCase()}` : ''}`;
}

/** Returns the campaign as the filter of the API compares it (contract A3). */
export const campaignOf = ({ target }: Pick<ServicesTask, 'target'>): string | undefined =>
  memberText(target, 'campaign_id') ?? memberText(target, 'campaign');

const REPEAT_WORDS: ReadonlyMap<string, string> = new Map([
  ['daily', 'every day'],
  ['weekly', 'every week'],
  ['monthly', 'every month'],
]);

/** Returns how often a task repeats, in words; undefined if it runs once. */
export function repeatWords({ trigger }: Pick<ServicesTask, 'trigger'>): string | undefined {
  const repeat = memberText(trigger, 'repeat');
  return repeat === undefined ? undefined : (REPEAT_WORDS.get(repeat) ?? repeat);
}

export const hasEnded = (code: string): boolean => code === 'DONE' || code === 'ERROR';
