/** Repeated tasks: computes when the next task of a series is due (contract A4, Repeats). */
import { Temporal } from '@js-temporal/polyfill';
import { replaceMember } from '../json-text.ts';
import { parseInstant } from '../time.ts';
import { REPEATS, type Repeat } from './repeats.ts';

const DURATIONS = {
  daily: (count: number) => ({ days: count }),
  weekly: (count: number) => ({ weeks: count }),
  monthly: (count: number) => ({ months: count }),
} as const;

/** The longest duration of one step. A count computed from it is never too high. */
const MAX_STEP_MS = { daily: 86_400_000, weekly: 7 * 86_400_000, monthly: 31 * 86_400_000 } as const;

const FRACTION_OF_SECOND = /\.\d+/;

/** A run that has ended. Times in Unix milliseconds. */
export interface EndedRun {
  /** JSON text of an object. */
  trigger: string;
  /** `once` of the first task of the series; undefined for the first task itself. */
  seriesStart: string | undefined;
  startedAt: number;
  now: number;
}

/** The fields in which the next task of a series differs. */
export interface NextInSeries {
  /** JSON text of an object. */
  trigger: string;
  once: string;
  /** Unix milliseconds. */
  dueAt: number;
  seriesStart: string;
}

/**
 * Returns the trigger of the next task of a series. If the run started before `once`, the trigger stays the same.
 * Otherwise the new `once` is the first time of the series after now. Days, weeks and months count from the start of
 * the series (31 Jan, 28 Feb, 31 Mar). `once` keeps its UTC offset, and the rest of the trigger its JSON text.
 * @returns undefined when the trigger does not repeat, or would repeat after the year 9999
 */
export function nextInSeries({ trigger, seriesStart, startedAt, now }: EndedRun): NextInSeries | undefined {
  const { once, repeat }: { once?: unknown; repeat?: unknown } = JSON.parse(trigger);
  const interval = REPEATS.find((name) => name === repeat);
  const due = typeof once === 'string' ? parseInstant(once) : undefined;
  if (interval === undefined || typeof once !== 'string' || due === undefined) return undefined;
  const start = seriesStart ?? once;
  if (startedAt < due) return { trigger, once, dueAt: due, seriesStart: start };
  const next = nextTime(start, interval, Math.max(now, due));
  if (next === undefined) return undefined;
  const { text, dueAt } = next;
  return {
    trigger: replaceMember(trigger, 'once', JSON.stringify(text)),
    once: text,
    dueAt,
    seriesStart: start,
  };
}

/** Returns the first time of a series after `after`, in whole seconds, with the UTC offset of the start. */
function nextTime(start: string, repeat: Repeat, after: number): { text: string; dueAt: number } | undefined {
  const [, offset = 'Z'] = /(Z|[+-]\d\d:\d\d)$/.exec(start) ?? [];
  const zone = offset === 'Z' ? 'UTC' : offset;
  const first = Temporal.Instant.from(start.replace(FRACTION_OF_SECOND, '')).toZonedDateTimeISO(zone);
  let count = Math.max(0, Math.floor((after - first.epochMilliseconds) / MAX_STEP_MS[repeat]));
  let next = first.add(DURATIONS[repeat](count));
  while (next.epochMilliseconds <= after) {
    count += 1;
    next = first.add(DURATIONS[repeat](count));
  }
  if (next.year > 9999) return undefined;
  const text = `${next.toPlainDateTime().toString({ smallestUnit: 'second' })}${offset}`;
  return { text, dueAt: next.epochMilliseconds };
}
