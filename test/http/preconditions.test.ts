import { describe, expect, it } from 'vitest';
import { parseHttpDate } from '../../src/http/http-date.ts';
import { allowsRange, evaluatePreconditions } from '../../src/http/preconditions.ts';

const etag = '"tag"';
const lastModified = new Date('2026-05-26T12:00:00.750Z');
const SAME = 'Tue, 26 May 2026 12:00:00 GMT';
const EARLIER = 'Tue, 26 May 2026 11:59:59 GMT';
const LATER = 'Tue, 26 May 2026 12:00:01 GMT';

const evaluate = (headers: Record<string, string>) =>
  evaluatePreconditions(new Headers(headers), { etag, lastModified });

describe('preconditions', () => {
  it.each([
    { 'If-Match': '"tag"' },
    { 'If-Match': '*' },
    { 'If-Match': '"a", W/"tag" ,, "tag"' },
    { 'If-Match': '"a,b","tag"' },
    { 'If-Match': '' },
    { 'If-Unmodified-Since': SAME },
    { 'If-Unmodified-Since': LATER },
    { 'If-Unmodified-Since': 'yesterday' },
    { 'If-Unmodified-Since': '2020-01-01T00:00:00Z' },
    { 'If-Unmodified-Since': `${EARLIER}, ${EARLIER}` },
    { 'If-Match': '"tag"', 'If-Unmodified-Since': EARLIER },
    { 'If-None-Match': '"a", "b"' },
    { 'If-None-Match': '"a"', 'If-Modified-Since': LATER },
    { 'If-Modified-Since': EARLIER },
    { 'If-Modified-Since': '2030' },
    { 'If-Modified-Since': 'Sat, 30 Feb 2030 12:00:00 GMT' },
  ])('proceed if they are true: %o', (headers: Record<string, string>) => {
    expect(evaluate(headers)).toBe('proceed');
  });

  it.each([
    { 'If-Match': '"a"' },
    { 'If-Match': 'W/"tag"' },
    { 'If-Match': 'tag' },
    { 'If-Match': '"a*", "b"' },
    { 'If-Match': '"a", *' },
    { 'If-Match': '"a"', 'If-Unmodified-Since': LATER },
    { 'If-Match': '"a"', 'If-None-Match': '"tag"' },
    { 'If-Unmodified-Since': EARLIER },
    { 'If-Unmodified-Since': EARLIER, 'If-None-Match': '"tag"' },
    { 'If-Unmodified-Since': 'Tuesday, 26-May-26 11:59:59 GMT' },
    { 'If-Unmodified-Since': 'Tue May 26 11:59:59 2026' },
  ])('fail if they are false: %o', (headers: Record<string, string>) => {
    expect(evaluate(headers)).toBe('failed');
  });

  it.each([
    { 'If-None-Match': '"tag"' },
    { 'If-None-Match': 'W/"tag"' },
    { 'If-None-Match': '*' },
    { 'If-None-Match': '"a", "tag"' },
    { 'If-None-Match': '"tag"', 'If-Modified-Since': EARLIER },
    { 'If-Match': '"tag"', 'If-None-Match': '"tag"' },
    { 'If-Modified-Since': SAME },
    { 'If-Modified-Since': LATER },
    { 'If-Modified-Since': 'Tuesday, 26-May-26 12:00:00 GMT' },
    { 'If-Modified-Since': 'Tue May 26 12:00:00 2026' },
  ])('return not-modified if the client has the representation: %o', (headers: Record<string, string>) => {
    expect(evaluate(headers)).toBe('not-modified');
  });

  it('ignore dates if the representation has no date', () => {
    const dates = new Headers({ 'If-Unmodified-Since': EARLIER, 'If-Modified-Since': LATER });
    expect(evaluatePreconditions(dates, { etag })).toBe('proceed');
  });
});

describe('If-Range', () => {
  it.each([etag, SAME, 'Tue May 26 12:00:00 2026', ''])('allows the range for %s', (value) => {
    expect(allowsRange(new Headers({ 'If-Range': value }), { etag, lastModified })).toBe(true);
  });

  it.each(['"a"', 'W/"tag"', '"tag", "a"', '*', EARLIER, LATER, 'tag', '2026-05-26T12:00:00Z'])(
    'ignores the range for %s',
    (value) => {
      expect(allowsRange(new Headers({ 'If-Range': value }), { etag, lastModified })).toBe(false);
    },
  );
});

describe('parseHttpDate', () => {
  it.each([
    ['Sun, 06 Nov 1994 08:49:37 GMT', '1994-11-06T08:49:37Z'],
    ['Sunday, 06-Nov-94 08:49:37 GMT', '1994-11-06T08:49:37Z'],
    ['Sun Nov  6 08:49:37 1994', '1994-11-06T08:49:37Z'],
    ['Thu, 29 Feb 2024 23:59:60 GMT', undefined],
    ['Fri, 29 Feb 2023 00:00:00 GMT', undefined],
    ['Sun, 06 Nov 1994 24:00:00 GMT', undefined],
    ['Sun, 06 Nov 1994 08:49:37 CET', undefined],
    ['Sun, 06 Xyz 1994 08:49:37 GMT', undefined],
    ['784111777', undefined],
    ['', undefined],
  ])('parses %s as %s', (text, time) => {
    expect(parseHttpDate(text)).toBe(time === undefined ? undefined : Date.parse(time) / 1000);
  });
});
