import { describe, expect, it } from 'vitest';
import { createRetryPauses } from '../../src/lib/retry-pauses.ts';

const START = 1_000_000;

function create() {
  const clock = { now: START };
  const pauses = createRetryPauses<number>({ now: () => clock.now, firstPauseMs: 1000, maxPauseMs: 5000 });
  return { clock, pauses };
}

describe('retry pauses', () => {
  it('double with every consecutive failure, up to a limit, and start again after a success', () => {
    const { pauses } = create();
    const lengths = () => [1, 2, 3, 4, 5].map(() => pauses.fail(7).retryAt - START);
    expect(lengths()).toEqual([1000, 2000, 4000, 5000, 5000]);
    expect(pauses.fail(7).failures).toBe(6);
    expect(pauses.fail(8)).toEqual({ failures: 1, retryAt: START + 1000 });
    pauses.succeed(7);
    expect(pauses.isPaused(7)).toBe(false);
    expect(pauses.fail(7).failures).toBe(1);
  });

  it('end at their time, or if the clock is set back before their start', () => {
    const { clock, pauses } = create();
    pauses.fail(7);
    clock.now += 999;
    expect([pauses.isPaused(7), pauses.paused()]).toEqual([true, [7]]);
    clock.now += 1;
    expect([pauses.isPaused(7), pauses.paused()]).toEqual([false, []]);
    expect(pauses.fail(7).failures).toBe(2);
    clock.now -= 7_200_000;
    expect(pauses.isPaused(7)).toBe(false);
  });

  it('are remembered for the thousand keys that failed last', () => {
    const { pauses } = create();
    for (let key = 1; key <= 999; key += 1) pauses.fail(key);
    expect(pauses.isFull()).toBe(false);
    pauses.fail(1000);
    expect(pauses.isFull()).toBe(true);
    pauses.fail(1001);
    expect([1, 2, 1001].map(pauses.isPaused)).toEqual([false, true, true]);
  });
});
