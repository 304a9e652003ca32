import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { formatMicros, formatSeconds, parseMicros, parseSeconds } from '../src/time.ts';

const DAY = 86_400;

describe('times in whole seconds, of the Services API', () => {
  it.each([
    ['1970-01-01T00:00:00Z', 0],
    ['1969-12-31T23:59:59Z', -1],
    ['2026-05-26T12:08:30Z', 1_779_797_310],
    ['2024-02-29T00:00:00Z', 1_709_164_800],
    ['0000-01-01T00:00:00Z', -719_528 * DAY],
    ['9999-12-31T23:59:59Z', 2_932_897 * DAY - 1],
  ])('reads and writes %s', (text, seconds) => {
    expect(parseSeconds(text)).toBe(seconds);
    expect(formatSeconds(seconds)).toBe(text);
  });

  it.each([
    ['30 February', '2026-02-30T00:00:00Z'],
    ['29 February of a common year', '2026-02-29T00:00:00Z'],
    ['29 February 1900', '1900-02-29T00:00:00Z'],
    ['31 April', '2026-04-31T00:00:00Z'],
    ['month 13', '2026-13-01T00:00:00Z'],
    ['month 0', '2026-00-01T00:00:00Z'],
    ['day 0', '2026-01-00T00:00:00Z'],
    ['hour 24', '2026-01-01T24:00:00Z'],
    ['minute 60', '2026-01-01T00:60:00Z'],
    ['a leap second', '2016-12-31T23:59:60Z'],
    ['an offset', '2026-01-01T00:00:00+00:00'],
    ['no zone', '2026-01-01T00:00:00'],
    ['small letters', '2026-01-01t00:00:00z'],
    ['a space for the T', '2026-01-01 00:00:00Z'],
    ['a day alone', '2026-01-01'],
    ['no seconds', '2026-01-01T00:00Z'],
    ['a year of six digits', '+002026-01-01T00:00:00Z'],
    ['white space around', ' 2026-01-01T00:00:00Z'],
    ['a line end', '2026-01-01T00:00:00Z\n'],
    ['digits of another script', '２０２６-01-01T00:00:00Z'],
    ['nothing', ''],
  ])('takes %s for no time', (_, text) => {
    expect(parseSeconds(text)).toBeUndefined();
    expect(parseMicros(text)).toBeUndefined();
  });

  it('have no fraction', () => {
    expect(parseSeconds('2026-01-01T00:00:00.000Z')).toBeUndefined();
  });

  it('are parsed back to every second of the years 0 to 9999', () => {
    fc.assert(
      fc.property(fc.integer({ min: -719_528 * DAY, max: 2_932_897 * DAY - 1 }), (seconds) => {
        expect(parseSeconds(formatSeconds(seconds))).toBe(seconds);
      }),
    );
  });
});

describe('times in microseconds, of the HDP API', () => {
  it.each([
    ['1970-01-01T00:00:00Z', 0],
    ['1970-01-01T00:00:00.000001Z', 1],
    ['1970-01-01T00:00:00.001Z', 1000],
    ['1970-01-01T00:00:00.100Z', 100_000],
    ['1970-01-01T00:00:00.100001Z', 100_001],
    ['1969-12-31T23:59:59.999999Z', -1],
    ['1969-12-31T23:59:59.999Z', -1000],
    ['2024-03-17T10:24:00.123456Z', 1_710_671_040_123_456],
    ['2255-06-05T23:47:34.740991Z', Number.MAX_SAFE_INTEGER],
    ['1684-07-28T00:12:25.259009Z', Number.MIN_SAFE_INTEGER],
  ])('reads and writes %s', (text, micros) => {
    expect(parseMicros(text)).toBe(micros);
    expect(formatMicros(micros)).toBe(text);
  });

  it.each([
    ['.000', ''],
    ['.000000', ''],
    ['.120000', '.120'],
    ['.012000', '.012'],
    ['.120300', '.120300'],
    ['.120001', '.120001'],
  ])('writes the fraction %s as "%s"', (fraction, shortest) => {
    const micros = parseMicros(`2024-03-17T10:24:00${fraction}Z`);
    expect(formatMicros(micros ?? Number.NaN)).toBe(`2024-03-17T10:24:00${shortest}Z`);
  });

  it.each([
    ['30 February', '2026-02-30T00:00:00.000001Z'],
    ['one fraction digit', '2026-01-01T00:00:00.1Z'],
    ['two fraction digits', '2026-01-01T00:00:00.12Z'],
    ['four fraction digits', '2026-01-01T00:00:00.1234Z'],
    ['nanoseconds', '2026-01-01T00:00:00.123456789Z'],
    ['a fraction without digits', '2026-01-01T00:00:00.Z'],
    ['a comma', '2026-01-01T00:00:00,123Z'],
    ['an offset', '2026-01-01T00:00:00.123+00:00'],
    ['a moment beyond exact integers', '2255-06-05T23:47:34.740992Z'],
    ['a moment long before exact integers', '1684-07-28T00:12:25.259008Z'],
    ['the year 9999', '9999-12-31T23:59:59Z'],
  ])('takes %s for no time', (_, text) => {
    expect(parseMicros(text)).toBeUndefined();
  });

  it('are parsed back to every microsecond', () => {
    fc.assert(
      fc.property(fc.maxSafeInteger(), (micros) => {
        expect(parseMicros(formatMicros(micros))).toBe(micros);
      }),
    );
  });
});
