import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type EndedRun, nextInSeries } from '../../src/runner/repeat.ts';

const DAILY = '{"once":"2026-06-01T12:00:00Z","repeat":"daily"}';

const endedRun = (trigger: string, now: string, changes: Partial<EndedRun> = {}): EndedRun => ({
  trigger,
  seriesStart: undefined,
  startedAt: Date.parse(now),
  now: Date.parse(now),
  ...changes,
});
const nextOnce = (once: string, repeat: string, now: string, changes: Partial<EndedRun> = {}) =>
  nextInSeries(endedRun(JSON.stringify({ once, repeat }), now, changes))?.once;

/** Returns the times of a series in which every run begins `latenessMs` after it is due. */
function seriesTimes(once: string, repeat: string, length: number, latenessMs = 1000): string[] {
  const times = [once];
  let seriesStart: string | undefined;
  while (times.length < length) {
    const due = times.at(-1) ?? '';
    const now = Date.parse(due) + latenessMs;
    const trigger = JSON.stringify({ once: due, repeat });
    const follower = nextInSeries({ trigger, seriesStart, startedAt: now, now });
    if (!follower) break;
    expect(follower.dueAt).toBe(Date.parse(follower.once));
    seriesStart = follower.seriesStart;
    times.push(follower.once);
  }
  return times;
}

describe('the next task of a series', () => {
  it.each([
    ['daily', '2026-06-01T12:00:00Z', '2026-06-01T12:05:00Z', '2026-06-02T12:00:00Z'],
    ['daily', '2026-06-01T12:00:00Z', '2026-06-02T12:00:00Z', '2026-06-03T12:00:00Z'],
    ['daily', '2026-06-01T12:00:00Z', '2026-06-09T11:59:59Z', '2026-06-09T12:00:00Z'],
    ['daily', '2026-06-01T00:30:00+02:00', '2026-06-01T00:00:00Z', '2026-06-02T00:30:00+02:00'],
    ['daily', '2026-06-01T12:00:00.9Z', '2026-06-01T12:00:00.950Z', '2026-06-02T12:00:00Z'],
    ['daily', '2026-06-01T12:00:00.1234567890123Z', '2026-06-01T12:00:01Z', '2026-06-02T12:00:00Z'],
    ['daily', '2026-06-01T12:00-14:59', '2026-06-05T12:00:01Z', '2026-06-05T12:00:00-14:59'],
    ['weekly', '2026-06-01T12:00:00Z', '2026-06-01T12:00:01Z', '2026-06-08T12:00:00Z'],
    ['weekly', '2026-06-01T12:00:00Z', '2026-07-01T00:00:00Z', '2026-07-06T12:00:00Z'],
    ['monthly', '2026-01-31T09:00:00Z', '2026-01-31T09:01:00Z', '2026-02-28T09:00:00Z'],
    ['monthly', '2028-01-31T09:00:00Z', '2028-01-31T09:01:00Z', '2028-02-29T09:00:00Z'],
    ['monthly', '2026-01-31T09:00:00Z', '2026-02-28T09:00:00Z', '2026-03-31T09:00:00Z'],
    ['monthly', '2026-12-15T09:00:00Z', '2026-12-15T09:00:00Z', '2027-01-15T09:00:00Z'],
    ['monthly', '2025-12-15T09:00:00Z', '2027-03-20T00:00:00Z', '2027-04-15T09:00:00Z'],
    ['monthly', '0001-01-31T09:00:00Z', '2027-03-20T00:00:00Z', '2027-03-31T09:00:00Z'],
  ])('%s after %s, ended at %s, is due at %s', (repeat, once, now, due) => {
    expect(nextOnce(once, repeat, now)).toBe(due);
  });

  it.each([
    ['monthly', '2025-12-31T09:00:00Z', ['2026-01-31', '2026-02-28', '2026-03-31', '2026-04-30']],
    ['monthly', '2024-01-29T09:00:00Z', ['2024-02-29', '2024-03-29', '2024-04-29']],
    ['monthly', '2024-02-29T09:00:00Z', ['2024-03-29', '2024-04-29', '2024-05-29']],
    ['monthly', '2026-01-01T00:30:00+02:00', ['2026-02-01', '2026-03-01', '2026-04-01']],
    ['monthly', '2026-01-31T23:30:00-05:00', ['2026-02-28', '2026-03-31', '2026-04-30']],
    ['weekly', '2026-12-28T09:00:00+01:00', ['2027-01-04', '2027-01-11']],
  ])('keeps the day, the time of day and the offset of the first task (%s from %s)', (repeat, once, days) => {
    expect(seriesTimes(once, repeat, days.length + 1)).toEqual([
      once,
      ...days.map((day) => day + once.slice(10)),
    ]);
  });

  it('has the same time as the ended task if the run began before that time', () => {
    const dayBefore = { startedAt: Date.parse('2026-05-30T00:00:00Z') };
    expect(nextInSeries(endedRun(DAILY, '2026-05-30T00:00:01Z', dayBefore))).toEqual({
      trigger: DAILY,
      once: '2026-06-01T12:00:00Z',
      dueAt: Date.parse('2026-06-01T12:00:00Z'),
      seriesStart: '2026-06-01T12:00:00Z',
    });
    expect(nextOnce('2026-06-01T12:00:00Z', 'daily', '2026-06-01T12:00:05Z', dayBefore)).toBe(
      '2026-06-01T12:00:00Z',
    );
    const justBefore = { startedAt: Date.parse('2026-06-01T11:59:59.999Z') };
    expect(nextOnce('2026-06-01T12:00:00Z', 'daily', '2026-06-01T12:00:05Z', justBefore)).toBe(
      '2026-06-01T12:00:00Z',
    );
  });

  it('does not exist without a supported repeat, or after the year 9999', () => {
    const at = '2026-06-01T12:00:00Z';
    expect(nextInSeries(endedRun('{"once":"2026-06-01T12:00:00Z"}', at))).toBeUndefined();
    expect(nextInSeries(endedRun('{"once":"2026-06-01T12:00:00Z","repeat":"hourly"}', at))).toBeUndefined();
    expect(nextInSeries(endedRun('{"once":1,"repeat":"daily"}', at))).toBeUndefined();
    const last = '9999-12-31T12:00:00Z';
    expect(nextOnce(last, 'daily', last)).toBeUndefined();
  });

  it('has the trigger of the ended task byte for byte, except for the time', () => {
    const trigger = (once: string) =>
      `{"2":1.0, "x" : {"once":"a","b":[1,{"c":2}]},\n"\\u006fnce" : ${once} ,"1":"\\u00e9","repeat":"daily"}`;
    const follower = nextInSeries(endedRun(trigger('"2026-06-01T12:00:00Z"'), '2026-06-01T12:00:00Z'));
    expect(follower?.trigger).toBe(trigger('"2026-06-02T12:00:00Z"'));
  });

  it('is due at the first time of the series after now, however late the runs began', () => {
    const time = fc.date({
      min: new Date('2000-01-01T00:00:00Z'),
      max: new Date('2100-01-01T00:00:00Z'),
      noInvalidDate: true,
    });
    const repeats = fc.constantFrom('daily', 'weekly', 'monthly');
    fc.assert(
      fc.property(time, fc.nat(4_000_000_000), repeats, (start, latenessMs, repeat) => {
        const once = `${start.toISOString().slice(0, 19)}Z`;
        const [, due = ''] = seriesTimes(once, repeat, 2, latenessMs);
        expect(Date.parse(due)).toBeGreaterThan(Date.parse(once) + latenessMs);
        expect(due.slice(11)).toBe(once.slice(11));
        // A series whose runs are on time contains the same time.
        const onTime = seriesTimes(once, repeat, 60, 0);
        expect(due).toBe(onTime.find((other) => Date.parse(other) > Date.parse(once) + latenessMs));
      }),
      { numRuns: 50 },
    );
  });
});
