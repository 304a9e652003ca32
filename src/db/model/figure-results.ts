/** Makes the figures of both APIs from counters. */
import type { HdpFigures, ServicesFigures } from '../queries/figures.ts';
import { type Series, startsOf } from './figure-intervals.ts';
import { type Counter, DURATION_BOUNDS, type Outcome } from './figures.ts';
import { HDP_STAGES } from './hdp-stages.ts';
import { HDP_STATUSES, type HdpStatus, SERVICES_STATUSES, type ServicesStatus } from './statuses.ts';

/** @param counters those of statuses, of passes, and of the intervals of the series */
export function toHdpFigures(counters: readonly Counter[], series: Series): HdpFigures {
  const amounts = new Map(
    counters.map(({ figure, position, value, amount }) => [`${figure} ${position} ${value}`, amount]),
  );
  const amountOf = (figure: Counter['figure'], position: number, value: string) =>
    amounts.get(`${figure} ${position} ${value}`) ?? 0;
  const statuses = recordOf<HdpStatus>(HDP_STATUSES, (status) => amountOf('status', 0, status));
  return {
    total: sum(Object.values(statuses)),
    statuses,
    created: startsOf(series).map((start) => {
      const tasks = (outcome: Outcome) => amountOf(series.interval, start, outcome);
      const [failed, completed] = [tasks('failed'), tasks('completed')];
      return { start, total: tasks('open') + failed + completed, failed, completed };
    }),
    stages: HDP_STAGES.map((stage) => {
      const durations = Array.from({ length: DURATION_BOUNDS.length + 1 }, (_, bucket) =>
        amountOf('passes', bucket, stage),
      );
      return { stage, passes: sum(durations), micros: amountOf('pass_micros', 0, stage), durations };
    }),
  };
}

/** The largest number of actions in the figures of a chain. */
export const MAX_ACTIONS = 100;

/**
 * @param statuses the number of tasks of each status
 * @param actions the number of tasks of at least the first `MAX_ACTIONS` actions that have tasks
 */
export function toServicesFigures(
  statuses: ReadonlyMap<string, number>,
  actions: ReadonlyMap<string, number>,
): ServicesFigures {
  const total = sum([...statuses.values()]);
  const listed = [...actions]
    .filter(([, tasks]) => tasks > 0)
    .map(([action, tasks]) => ({ action, total: tasks, json: Buffer.from(JSON.stringify(action)) }))
    .sort((a, b) => Buffer.compare(a.json, b.json))
    .slice(0, MAX_ACTIONS)
    .map(({ action, total }) => ({ action, total }));
  return {
    total,
    statuses: recordOf<ServicesStatus>(SERVICES_STATUSES, (status) => statuses.get(status) ?? 0),
    actions: listed,
    otherActions: total - sum(listed.map((action) => action.total)),
  };
}

// The cast is safe: every name gets a value.
const recordOf = <Key extends string>(names: readonly Key[], count: (name: Key) => number) =>
  Object.fromEntries(names.map((name) => [name, count(name)])) as Record<Key, number>;

const sum = (numbers: readonly number[]) => numbers.reduce((total, number) => total + number, 0);
