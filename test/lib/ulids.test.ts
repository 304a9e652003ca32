import { randomBytes } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { createUlids } from '../../src/lib/ulids.ts';

describe('ULIDs', () => {
  it('differ in every random character, and each is greater than the previous one', () => {
    const newUlid = createUlids(randomBytes);
    const all = Array.from({ length: 500 }, (_, time) => newUlid(time + 1));
    expect([...all].sort()).toEqual(all);
    for (let at = 10; at < 26; at += 1) {
      expect(new Set(all.map((ulid) => ulid[at])).size).toBe(32);
    }
  });

  it('increase within a millisecond and when the clock is set back', () => {
    const newUlid = createUlids(randomBytes);
    const all = [5, 5, 5, 4, 1].map(newUlid);
    expect([...all].sort()).toEqual(all);
    expect(new Set(all).size).toBe(5);
  });

  it('use no random byte twice', () => {
    let next = 0;
    const newUlid = createUlids((count) => Uint8Array.from({ length: count }, () => (next++ * 8) % 256));
    const [first, second] = [newUlid(1), newUlid(2)].map((ulid) => ulid.slice(10));
    expect(first).toBe('0123456789ABCDEF'.split('').reverse().join(''));
    expect(second).toBe('GHJKMNPQRSTVWXYZ'.split('').reverse().join(''));
  });
});
