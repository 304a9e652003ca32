import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { nextTrigger } from '../../src/runner/repeat.ts';

const next = (once: string, repeat: string, now: string) => {
  const trigger = nextTrigger(JSON.stringify({ once, repeat }), Date.parse(now));
  return trigger === null ? null : JSON.parse(trigger).once;
};

describe('the task that follows a repeated one', () => {
  it.each([
    ['daily', '2026-06-01T12:00:00Z', '2026-06-01T12:05:00Z', '2026-06-02T12:00:00Z'],
    ['daily', '2026-06-01T12:00:00Z', '2026-06-02T12:00:00Z', '2026-06-03T12:00:00Z'],
    ['daily', '2026-06-01T12:00:00Z', '2026-06-09T11:59:59Z', '2026-06-09T12:00:00Z'],
    ['daily', '2026-06-05T12:00:00Z', '2026-06-01T00:00:00Z', '2026-06-06T12:00:00Z'],
    ['daily', '2026-06-01T00:30:00+02:00', '2026-06-01T00:00:00Z', '2026-06-01T22:30:00Z'],
    ['weekly', '2026-06-01T12:00:00Z', '2026-06-01T12:00:01Z', '2026-06-08T12:00:00Z'],
    ['weekly', '2026-06-01T12:00:00Z', '2026-07-01T00:00:00Z', '2026-07-06T12:00:00Z'],
    ['monthly', '2026-01-31T09:00:00Z', '2026-01-31T09:01:00Z', '2026-02-28T09:00:00Z'],
    ['monthly', '2028-01-31T09:00:00Z', '2028-01-31T09:01:00Z', '2028-02-29T09:00:00Z'],
    ['monthly', '2026-01-31T09:00:00Z', '2026-02-28T09:00:00Z', '2026-03-31T09:00:00Z'],
    ['monthly', '2026-12-15T09:00:00Z', '2026-12-15T09:00:00Z', '2027-01-15T09:00:00Z'],
    ['monthly', '2025-12-15T09:00:00Z', '2027-03-20T00:00:00Z', '2027-04-15T09:00:00Z'],
  ])('%s after %s, made at %s, is due at %s', (repeat, once, now, due) => {
    expect(next(once, repeat, now)).toBe(due);
  });

  it('is none without a repeat that there is, or beyond the last year', () => {
    const now = Date.parse('2026-06-01T12:00:00Z');
    expect(nextTrigger('{"once":"2026-06-01T12:00:00Z"}', now)).toBeNull();
    expect(nextTrigger('{"once":"2026-06-01T12:00:00Z","repeat":"hourly"}', now)).toBeNull();
    expect(nextTrigger('{"once":1,"repeat":"daily"}', now)).toBeNull();
    expect(next('9999-12-31T12:00:00Z', 'daily', '2026-06-01T12:00:00Z')).toBeNull();
  });

  it('has a trigger that is spelt as before, but for its time', () => {
    const trigger = (once: string) =>
      `{"2":1.0,"x":{"once":"a","b":[1,{"c":2}]},"\\u006fnce":${once},"1":"\\u00e9","repeat":"daily"}`;
    const now = Date.parse('2026-06-01T12:00:00Z');
    expect(nextTrigger(trigger('"2026-06-01T12:00:00Z"'), now)).toBe(trigger('"2026-06-02T12:00:00Z"'));
  });

  it('is always due after now, at the same time of the day, and never twice on one day', () => {
    const time = fc.date({
      min: new Date('2000-01-01T00:00:00Z'),
      max: new Date('2100-01-01T00:00:00Z'),
      noInvalidDate: true,
    });
    fc.assert(
      fc.property(time, time, fc.constantFrom('daily', 'weekly', 'monthly'), (start, now, repeat) => {
        const once = `${start.toISOString().slice(0, 19)}Z`;
        const due = next(once, repeat, now.toISOString());
        expect(Date.parse(due)).toBeGreaterThan(now.getTime());
        expect(Date.parse(due)).toBeGreaterThan(Date.parse(once));
        expect(due.slice(11)).toBe(once.slice(11));
      }),
    );
  });
});
