/** Repeated tasks: when the task that follows one is due (contract A4, Repeats). */
import { Temporal } from '@js-temporal/polyfill';
import { replaceMember } from '../json-text.ts';
import { parseInstant } from '../time.ts';

/** How often a task may be repeated (contract A4). */
export const REPEATS = ['daily', 'weekly', 'monthly'] as const;

export type Repeat = (typeof REPEATS)[number];

const STEPS = {
  daily: (count: number) => ({ days: count }),
  weekly: (count: number) => ({ weeks: count }),
  monthly: (count: number) => ({ months: count }),
} as const;

/** The longest that a step can take, in milliseconds, so that the first guess of the count is never too high. */
const LONGEST_STEP_MS = { daily: 86_400_000, weekly: 7 * 86_400_000, monthly: 31 * 86_400_000 } as const;

const FRACTION = /\.\d+/;

/** A run that has ended, whose task may be followed by another. Times in Unix milliseconds. */
export interface EndedRun {
  /** JSON text of an object. */
  trigger: string;
  /** The `once` with which the series began; undefined for its first task. */
  seriesStart: string | undefined;
  startedAt: number;
  now: number;
}

/** The members in which the next task of a series differs. `trigger` is the JSON text of an object, `dueAt` Unix milliseconds. */
export interface Follower {
  trigger: string;
  once: string;
  dueAt: number;
  seriesStart: string;
}

/**
 * The trigger of the task that follows a repeated one. A run that began before `once` leaves it as it is. Otherwise `once`
 * moves on to the first time after now; days, weeks and months count from the start of the series (31 Jan, 28 Feb,
 * 31 Mar), in the offset in which `once` was written, which it keeps. The rest of the trigger stays as it was written.
 * @returns undefined when the trigger does not repeat, or would repeat after the year 9999
 */
export function followerOf({ trigger, seriesStart, startedAt, now }: EndedRun): Follower | undefined {
  const { once, repeat }: { once?: unknown; repeat?: unknown } = JSON.parse(trigger);
  const known = REPEATS.find((name) => name === repeat);
  const due = typeof once === 'string' ? parseInstant(once) : undefined;
  if (known === undefined || typeof once !== 'string' || due === undefined) return undefined;
  const start = seriesStart ?? once;
  if (startedAt < due) return { trigger, once, dueAt: due, seriesStart: start };
  const next = nextTime(start, known, Math.max(now, due));
  if (next === undefined) return undefined;
  const { text, dueAt } = next;
  return {
    trigger: replaceMember(trigger, 'once', JSON.stringify(text)),
    once: text,
    dueAt,
    seriesStart: start,
  };
}

/** The first time of a series after `after`, in whole seconds and in the offset of its start. */
function nextTime(start: string, repeat: Repeat, after: number): { text: string; dueAt: number } | undefined {
  const [, offset = 'Z'] = /(Z|[+-]\d\d:\d\d)$/.exec(start) ?? [];
  const zone = offset === 'Z' ? 'UTC' : offset;
  const first = Temporal.Instant.from(start.replace(FRACTION, '')).toZonedDateTimeISO(zone);
  let count = Math.max(0, Math.floor((after - first.epochMilliseconds) / LONGEST_STEP_MS[repeat]));
  let next = first.add(STEPS[repeat](count));
  while (next.epochMilliseconds <= after) {
    count += 1;
    next = first.add(STEPS[repeat](count));
  }
  if (next.year > 9999) return undefined;
  const text = `${next.toPlainDateTime().toString({ smallestUnit: 'second' })}${offset}`;
  return { text, dueAt: next.epochMilliseconds };
}
