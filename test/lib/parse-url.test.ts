import { expect, it } from 'vitest';
import { parseUrl } from '../../src/lib/parse-url.ts';

it('parses a URL with a Latin-1 character, also in optimized code', () => {
  const hosts = new Set<string | undefined>();
  for (let n = 0; n < 20_000; n += 1) hosts.add(parseUrl('https://münchen.example/')?.host);
  expect([...hosts]).toEqual(['xn--mnchen-3ya.example']);
});

it('returns undefined for a text that is not a URL', () => {
  expect(parseUrl('https://')).toBeUndefined();
});
