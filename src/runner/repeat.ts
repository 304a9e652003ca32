import { replaceMember } from '../json-text.ts';
import { DAY_MS, formatSeconds, parseInstant } from '../time.ts';

/** How often a task may be repeated (contract A4). */
export const REPEATS = ['daily', 'weekly', 'monthly'] as const;

export type Repeat = (typeof REPEATS)[number];

const DAYS = { daily: 1, weekly: 7 } as const;

/**
 * The trigger of the task that follows a repeated one: `once` moved on by whole days, weeks or calendar months (UTC; the
 * month's last day where it has no such day) until it lies after now. All else stays as it was spelt.
 * @param trigger JSON text of an object, without insignificant white space
 * @param now Unix milliseconds
 * @returns null when the trigger does not repeat
 */
export function nextTrigger(trigger: string, now: number): string | null {
  const { once, repeat }: { once?: unknown; repeat?: unknown } = JSON.parse(trigger);
  const known = REPEATS.find((name) => name === repeat);
  const start = typeof once === 'string' ? parseInstant(once) : undefined;
  if (known === undefined || start === undefined) return null;
  const next = known === 'monthly' ? nextMonth(start, now) : nextDay(start, now, DAYS[known] * DAY_MS);
  if (next > LAST) return null;
  return replaceMember(trigger, 'once', JSON.stringify(formatSeconds(Math.floor(next / 1000))));
}

const LAST = Date.parse('9999-12-31T23:59:59Z');

const nextDay = (start: number, now: number, step: number) =>
  start + step * Math.max(1, Math.floor((now - start) / step) + 1);

function nextMonth(start: number, now: number): number {
  const [from, to] = [new Date(start), new Date(now)];
  const apart = 12 * (to.getUTCFullYear() - from.getUTCFullYear()) + to.getUTCMonth() - from.getUTCMonth();
  const months = Math.max(1, apart);
  const next = monthsAfter(start, months);
  return next > now ? next : monthsAfter(start, months + 1);
}

function monthsAfter(start: number, months: number): number {
  const date = new Date(start);
  const day = date.getUTCDate();
  date.setUTCDate(1);
  date.setUTCMonth(date.getUTCMonth() + months);
  const lastDay = new Date(date);
  lastDay.setUTCMonth(lastDay.getUTCMonth() + 1, 0);
  date.setUTCDate(Math.min(day, lastDay.getUTCDate()));
  return date.getTime();
}
