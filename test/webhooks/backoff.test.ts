import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { nextAttempt } from '../../src/webhooks/backoff.ts';
import { DAY_MS } from '../support/outbox.ts';

/** Returns the times of all attempts of a webhook that always fails, in milliseconds since its creation. */
function attemptTimes(random: () => number): number[] {
  const times = [0];
  for (;;) {
    const now = times.at(-1) ?? 0;
    const next = nextAttempt({ attempts: times.length, createdAt: 0 }, now, random());
    if (next === null) return times;
    times.push(next);
  }
}

describe('the schedule of a webhook that always fails', () => {
  it('doubles its pauses from 10 seconds to an hour, and ends after a day', () => {
    const times = attemptTimes(() => 0);
    const pauses = times.slice(1).map((time, index) => (time - (times[index] ?? 0)) / 1000);
    expect(pauses.slice(0, 11)).toEqual([10, 20, 40, 80, 160, 320, 640, 1280, 2560, 3600, 3600]);
    expect(times).toHaveLength(32);
    expect(times.at(-1)).toBeGreaterThan(DAY_MS - 2 * 3_600_000);
  });

  it('has a random jitter of up to half a pause, and an attempt in the last hour of the day', () => {
    fc.assert(
      fc.property(fc.infiniteStream(fc.double({ min: 0, max: 0.999, noNaN: true })), (randoms) => {
        const times = attemptTimes(() => randoms.next().value);
        const pauses = times.slice(1).map((time, index) => time - (times[index] ?? 0));
        pauses.forEach((pause, index) => {
          const maxPauseMs = Math.min(10_000 * 2 ** index, 3_600_000);
          expect(pause).toBeGreaterThanOrEqual(maxPauseMs / 2);
          expect(pause).toBeLessThanOrEqual(maxPauseMs);
        });
        expect(times.at(-1)).toBeGreaterThanOrEqual(DAY_MS - 3_600_000);
        expect(times.at(-1)).toBeLessThanOrEqual(DAY_MS);
      }),
    );
  });

  it('has no further attempt after a day', () => {
    expect(nextAttempt({ attempts: 1, createdAt: 0 }, DAY_MS, 0.9)).toBeNull();
    expect(nextAttempt({ attempts: 3000, createdAt: 0 }, 0, 0)).toBe(3_600_000);
  });

  it('doubles the pause for a receiver that sends Retry-After: 0', () => {
    const pauses = [1, 2, 3, 20].map((attempts) => nextAttempt({ attempts, createdAt: 0 }, 0, 0, 0));
    expect(pauses).toEqual([1000, 2000, 4000, 360_000]);
  });
});
