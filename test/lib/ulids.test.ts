import { randomBytes } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { createUlids } from '../../src/lib/ulids.ts';

describe('ULIDs', () => {
  it('use all values of every random character, and increase', () => {
    const newUlid = createUlids(randomBytes);
    const ulids = Array.from({ length: 500 }, (_, time) => newUlid(time + 1));
    expect([...ulids].sort()).toEqual(ulids);
    for (let position = 10; position < 26; position += 1) {
      expect(new Set(ulids.map((ulid) => ulid[position])).size).toBe(32);
    }
  });

  it('increase within a millisecond and when the clock is set back', () => {
    const newUlid = createUlids(randomBytes);
    const ulids = [5, 5, 5, 4, 1].map(newUlid);
    expect([...ulids].sort()).toEqual(ulids);
    expect(new Set(ulids).size).toBe(5);
  });

  it('use each random byte only once', () => {
    let next = 0;
    const newUlid = createUlids((count) => Uint8Array.from({ length: count }, () => (next++ * 8) % 256));
    const [first, second] = [newUlid(1), newUlid(2)].map((ulid) => ulid.slice(10));
    expect(first).toBe('0123456789ABCDEF'.split('').reverse().join(''));
    expect(second).toBe('GHJKMNPQRSTVWXYZ'.split('').reverse().join(''));
  });
});
