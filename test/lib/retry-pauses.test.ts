import { describe, expect, it } from 'vitest';
import { createRetryPauses } from '../../src/lib/retry-pauses.ts';

const START = 1_000_000;

function createTestPauses() {
  const clock = { now: START };
  const pauses = createRetryPauses<number>({ now: () => clock.now, firstPauseMs: 1000, maxPauseMs: 5000 });
  return { clock, pauses };
}

describe('retry pauses', () => {
  it('double with each consecutive failure, up to a limit, and are reset by a success', () => {
    const { pauses } = createTestPauses();
    const durations = () => [1, 2, 3, 4, 5].map(() => pauses.fail(7).retryAt - START);
    expect(durations()).toEqual([1000, 2000, 4000, 5000, 5000]);
    expect(pauses.fail(7).failures).toBe(6);
    expect(pauses.fail(8)).toEqual({ failures: 1, retryAt: START + 1000 });
    pauses.succeed(7);
    expect(pauses.isPaused(7)).toBe(false);
    expect(pauses.fail(7).failures).toBe(1);
  });

  it('end at their time, or if the clock is set back to before their start', () => {
    const { clock, pauses } = createTestPauses();
    pauses.fail(7);
    clock.now += 999;
    expect([pauses.isPaused(7), pauses.paused()]).toEqual([true, [7]]);
    clock.now += 1;
    expect([pauses.isPaused(7), pauses.paused()]).toEqual([false, []]);
    expect(pauses.fail(7).failures).toBe(2);
    clock.now -= 7_200_000;
    expect(pauses.isPaused(7)).toBe(false);
  });

  it('are stored for the 1000 keys that failed last', () => {
    const { pauses } = createTestPauses();
    for (let key = 1; key <= 999; key += 1) pauses.fail(key);
    expect(pauses.isFull()).toBe(false);
    pauses.fail(1000);
    expect(pauses.isFull()).toBe(true);
    pauses.fail(1001);
    expect([1, 2, 1001].map(pauses.isPaused)).toEqual([false, true, true]);
  });
});
