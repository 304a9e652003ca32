/** Counts figures from plain tasks, to compare them with the figures of a store. */
import { expect } from 'vitest';
import { HDP_STATUSES, SERVICES_STATUSES } from '../../src/db/model/statuses.ts';
import type { Store } from '../../src/db/open.ts';
import type { ModelHdpTask } from './hdp-model.ts';
import type { ModelTask } from './services-model.ts';

const WIDTHS = { hour: 3_600_000_000, day: 86_400_000_000 };

/** The columns of a transition, ordered by task and id. */
export type TransitionColumns = [task: number, from: string | null, to: string, createdAt: number];

/** Expects the figures of the HDP tasks, with the four intervals from the one before a time on. */
export async function expectHdpFigures(
  { figures }: Store,
  tasks: readonly Pick<ModelHdpTask, 'status' | 'createdAt'>[],
  transitions: readonly TransitionColumns[],
  time: number,
): Promise<void> {
  const count = (matches: (task: (typeof tasks)[number]) => boolean) => tasks.filter(matches).length;
  for (const interval of ['hour', 'day'] as const) {
    const width = WIDTHS[interval];
    const start = Math.floor(time / width) * width - width;
    const starts = Array.from({ length: 4 }, (_, index) => start + index * width);
    const { total, statuses, created, stages } = await figures.hdp({ interval, start, count: 4 });
    expect(total).toBe(tasks.length);
    expect(statuses).toEqual(
      Object.fromEntries(HDP_STATUSES.map((status) => [status, count((task) => task.status === status)])),
    );
    expect(created).toEqual(
      starts.map((from) => {
        const isIn = ({ createdAt }: { createdAt: number }) => createdAt >= from && createdAt < from + width;
        return {
          start: from,
          total: count(isIn),
          failed: count((task) => isIn(task) && task.status.endsWith('Failed')),
          completed: count((task) => isIn(task) && task.status === 'TaskDecommitmentCompleted'),
        };
      }),
    );
    const durations = durationsByStage(transitions);
    for (const { stage, passes, micros, durations: buckets } of stages) {
      const known = durations.get(stage) ?? [];
      expect({ stage, passes, micros }).toEqual({
        ...{ stage, passes: known.length },
        micros: known.reduce((sum, duration) => sum + duration, 0),
      });
      expect(buckets).toEqual(
        buckets.map((_, index) => {
          const from = index === 0 ? 0 : 250_000 * 2 ** (index - 1);
          const to = index === buckets.length - 1 ? Number.POSITIVE_INFINITY : 250_000 * 2 ** index;
          return known.filter((duration) => duration >= from && duration < to).length;
        }),
      );
    }
  }
}

/** Returns the durations of the passes whose start and end are transitions. */
function durationsByStage(transitions: readonly TransitionColumns[]): Map<string, number[]> {
  const durations = new Map<string, number[]>();
  let started: { task: number; status: string; at: number } | undefined;
  for (const [task, from, to, at] of transitions) {
    if (started?.task === task && started.status === from && started.status.endsWith('Started')) {
      const stage = started.status.replace(/Started$/, '');
      durations.set(stage, [...(durations.get(stage) ?? []), at - started.at]);
    }
    started = { task, status: to, at };
  }
  return durations;
}

/** Expects the figures of a chain. */
export async function expectServicesFigures(
  { figures }: Store,
  chain: number,
  tasks: readonly Pick<ModelTask, 'chain' | 'status' | 'action'>[],
): Promise<void> {
  const ofChain = tasks.filter((task) => task.chain === chain);
  const actions = [...new Set(ofChain.flatMap(({ action }) => action ?? []))].sort();
  expect(await figures.services(chain)).toEqual({
    total: ofChain.length,
    statuses: Object.fromEntries(
      SERVICES_STATUSES.map((status) => [status, ofChain.filter((task) => task.status === status).length]),
    ),
    actions: actions.map((action) => ({
      action,
      total: ofChain.filter((task) => task.action === action).length,
    })),
    otherActions: ofChain.filter(({ action }) => action === null).length,
  });
}
