/**
 * The figures of the HDP tasks as counters: the tasks of each status, the tasks created in each hour and day, and how long
 * the stages took. Each change of a task adds to a few counters, so that no figure has to count tasks. Free of SQL.
 */
import { floorTo, INTERVAL_MICROS, type Interval } from './figure-intervals.ts';
import { HDP_STAGES, type HdpStage, isEnded, isFailed } from './hdp-stages.ts';
import type { HdpStatus } from './statuses.ts';

/**
 * What a counter counts:
 * - `status`: tasks by their status, at position 0.
 * - `hour`, `day`: tasks by their outcome, at the start of the UTC hour or day in which they were created.
 * - `passes`: passes of a stage, at the index of their duration bucket.
 * - `pass_micros`: the sum of the durations of the passes of a stage, in microseconds, at position 0.
 */
export type Figure = 'status' | Interval | 'passes' | 'pass_micros';

export interface Counter {
  figure: Figure;
  position: number;
  /** A status, an outcome or a stage. */
  value: string;
  amount: number;
}

/** How far a task has come. A task is completed when its last stage is. */
export const OUTCOMES = ['open', 'failed', 'completed'] as const;
export type Outcome = (typeof OUTCOMES)[number];

export function outcomeOf(status: HdpStatus): Outcome {
  if (isFailed(status)) return 'failed';
  return isEnded(status) ? 'completed' : 'open';
}

/** A stage of a task from its start to its end. */
export interface StagePass {
  stage: HdpStage;
  micros: number;
}

/** A task or a pass that is added (`by` 1) or removed (-1). */
export type FigureChange = { by: 1 | -1 } & ({ status: HdpStatus; createdAt: number } | StagePass);

/** The upper bounds of the duration buckets in microseconds: a quarter of a second, and each twice the one before. */
export const DURATION_BOUNDS: readonly number[] = Array.from(
  { length: 21 },
  (_, power) => 250_000 * 2 ** power,
);

/** Returns the index of the duration bucket. The last bucket has no upper bound. */
function durationBucket(micros: number): number {
  const bucket = DURATION_BOUNDS.findIndex((bound) => micros < bound);
  return bucket === -1 ? DURATION_BOUNDS.length : bucket;
}

function countersOf(change: FigureChange): Counter[] {
  const { by } = change;
  if ('stage' in change) {
    const { stage, micros } = change;
    return [
      { figure: 'passes', position: durationBucket(micros), value: stage, amount: by },
      { figure: 'pass_micros', position: 0, value: stage, amount: by * micros },
    ];
  }
  const value = outcomeOf(change.status);
  const start = (interval: Interval) => floorTo(change.createdAt, INTERVAL_MICROS[interval]);
  return [
    { figure: 'status', position: 0, value: change.status, amount: by },
    { figure: 'hour', position: start('hour'), value, amount: by },
    { figure: 'day', position: start('day'), value, amount: by },
  ];
}

/** Returns the sums of the changes by counter, without sums of 0, in the order of their keys. */
export function netCounters(changes: readonly FigureChange[]): Counter[] {
  return sumCounters(changes.flatMap(countersOf));
}

/** Returns the sums by counter, without sums of 0. The order is the same for the same counters, so that locks do not cross. */
export function sumCounters(counters: readonly Counter[]): Counter[] {
  const sums = new Map<string, Counter>();
  for (const counter of counters) {
    const key = `${counter.figure} ${counter.position} ${counter.value}`;
    const sum = sums.get(key);
    if (sum) sum.amount += counter.amount;
    else sums.set(key, { ...counter });
  }
  return [...sums].sort(([a], [b]) => (a < b ? -1 : 1)).flatMap(([, sum]) => (sum.amount === 0 ? [] : [sum]));
}

interface Transition {
  fromStatus: HdpStatus | null;
  toStatus: HdpStatus;
  createdAt: number;
}

const STAGE_STARTS = new Map<HdpStatus | null, HdpStage>(
  HDP_STAGES.map((stage) => [`${stage}Started`, stage] as const),
);

/**
 * Returns the passes of stages among consecutive transitions of one task. An imported task has no transition to the status
 * that it was imported with, so that the duration of this stage is not known.
 */
export function passesOf(transitions: readonly Transition[]): StagePass[] {
  return transitions.flatMap((end, index) => {
    const start = transitions[index - 1];
    const stage = STAGE_STARTS.get(end.fromStatus);
    if (start === undefined || stage === undefined || start.toStatus !== end.fromStatus) return [];
    return [{ stage, micros: end.createdAt - start.createdAt }];
  });
}
