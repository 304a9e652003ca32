import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { nGramsOf } from '../../../src/db/model/n-grams.ts';
import { decodeSearchBlock, sumOfSearchBlocks } from '../../../src/db/model/search-block.ts';
import { SearchBlockCounter } from '../../../src/db/model/search-block-counter.ts';
import { createSearchCounter, type UuidCounting } from '../../../src/db/model/search-count.ts';
import {
  createPrefixMatcher,
  headContains,
  indexedPart,
  prefixOf,
} from '../../../src/db/model/uuid-terms.ts';

const letter = fc.constantFrom(...'01JK7A');
const uuid = fc.array(letter, { minLength: 26, maxLength: 26 }).map((letters) => letters.join(''));
const task = fc.record({
  uuid: fc.oneof(uuid, fc.constantFrom('AB', 'a-b-kk', '01jk'.padEnd(26, '0'))),
  programId: fc.option(fc.integer({ min: 1, max: 3 })),
});
const PROGRAMS = ['', 'k7', '01k', 'none'];
const nGramsOfTask = (programId: number | null) => nGramsOf(PROGRAMS[programId ?? 0] ?? '');
const counterOf = (tasks: readonly { uuid: string; programId: number | null }[]) => {
  const counter = new SearchBlockCounter();
  for (const one of tasks) counter.add({ ...one, programNGrams: nGramsOfTask(one.programId) }, 1);
  return counter;
};

describe('a search block', () => {
  it('is the same after it was stored, after any inserts and deletes', () =>
    fc.assert(
      fc.property(fc.array(task), fc.array(task), (kept, removed) => {
        const counter = new SearchBlockCounter(decodeSearchBlock(counterOf([...kept, ...removed]).encode()));
        for (const one of removed) counter.add({ ...one, programNGrams: nGramsOfTask(one.programId) }, -1);
        expect(counter.equals(counterOf(kept))).toBe(true);
        expect(counter.isEmpty).toBe(kept.length === 0);
      }),
      { numRuns: 50 },
    ));

  it('can be compared with another block if both have too many tasks to store', () => {
    const many = (...tasksOfProgram: number[]) =>
      counterOf(
        tasksOfProgram.flatMap((count, program) =>
          Array.from({ length: count }, () => ({ uuid: '01', programId: program + 1 })),
        ),
      );
    expect(() => many(32_768).encode()).toThrow(RangeError);
    expect(many(32_768).equals(many(32_768))).toBe(true);
    expect(many(32_768).equals(many(32_769))).toBe(false);
    // Their counts differ by 2^16, and a block stores 16 bits of each.
    expect(many(65_537, 1).equals(many(1, 65_537))).toBe(false);
  });

  it('counts exactly the tasks that match a term, alone or in a group, or returns that it cannot', () =>
    fc.assert(
      fc.property(
        fc.array(task, { maxLength: 12 }),
        fc.array(task, { maxLength: 4 }),
        fc.array(letter, { minLength: 1, maxLength: 8 }).map((letters) => letters.join('').toLowerCase()),
        (counted, changed, term) => {
          const block = sumOfSearchBlocks(
            [counted.slice(0, 5), counted.slice(5)].map((part) =>
              decodeSearchBlock(counterOf(part).encode()),
            ),
          );
          const changes = changed.map((one) => ({ tie: one.uuid, programId: one.programId, change: 1 }));
          const programs = [1, 2, 3].filter((id) => PROGRAMS[id]?.includes(term));
          const inProgram = ({ programId }: { programId: number | null }) =>
            programId !== null && programs.includes(programId);
          const all = [...counted, ...changed];
          const inUuid = (one: { uuid: string }) => one.uuid.toLowerCase().includes(term);
          const expected = all.filter((one) => inProgram(one) || inUuid(one)).length;
          const listedFor: Record<UuidCounting, (one: { uuid: string }) => boolean> = {
            listed: inUuid,
            'n-gram': () => false,
            prefix: (one) => inUuid(one) && !headContains(one.uuid, term),
            unknown: () => false,
          };
          const countings: UuidCounting[] = ['listed', 'prefix', 'unknown'];
          if (term.length < 3) countings.push('n-gram');
          for (const counting of countings) {
            const listed = all.filter((one) => !inProgram(one) && listedFor[counting](one)).length;
            const { found, size } = createSearchCounter(term, programs, counting).count(
              { block, changes },
              listed,
            );
            expect(size).toBe(all.length);
            if (counting === 'listed' || counting === 'n-gram') expect(found).toBe(expected);
            else expect([undefined, expected]).toContain(found);
          }
        },
      ),
      { numRuns: 400 },
    ));

  it('counts a short prefix without reading tasks, unless programs match too', () => {
    const uuids = ['01JK'.padEnd(26, '7'), '01JA'.padEnd(26, '7'), '01K7'.padEnd(26, '7')];
    const block = decodeSearchBlock(counterOf(uuids.map((one) => ({ uuid: one, programId: null }))).encode());
    const count = (term: string) =>
      createSearchCounter(term, [], 'prefix').count({ block, changes: [] }, 0).found;
    expect(['01j', '01jk77', '1k7', 'k7', '0a'].map(count)).toEqual([2, 1, 1, 1, 0]);
    expect(count('01jk777')).toBeUndefined();
  });

  it('counts all tasks without reading them if all share the term, even if it begins after the head', () => {
    const uuids = ['01JKAB'.padEnd(26, '7'), '01KKAB'.padEnd(26, '8')];
    const block = decodeSearchBlock(counterOf(uuids.map((one) => ({ uuid: one, programId: null }))).encode());
    const count = (term: string) =>
      createSearchCounter(term, [], 'unknown').count({ block, changes: [] }, 0).found;
    expect(['kab', 'kkab', 'kab7'].map(count)).toEqual([2, undefined, undefined]);
  });

  it('rejects more tasks than it can count', () => {
    const counter = new SearchBlockCounter();
    for (let n = 0; n < 0x8000; n += 1) counter.add({ uuid: 'x', programId: null, programNGrams: [] }, 1);
    expect(counter.isEmpty).toBe(false);
    expect(() => counter.encode()).toThrow('A search block cannot count 32768 tasks.');
  });
});

describe('a uuid', () => {
  it('contains a term in its head exactly when its prefix matches it', () =>
    fc.assert(
      fc.property(
        uuid,
        fc.integer({ min: 0, max: 6 }),
        fc.integer({ min: 1, max: 6 }),
        (one, start, length) => {
          const term = one.slice(start, start + length).toLowerCase();
          const match = createPrefixMatcher(term)(prefixOf(one));
          if (match === 'all') expect(headContains(one, term)).toBe(true);
          if (match === 'none') expect(headContains(one, term)).toBe(false);
          if (start + length <= 6 && start < 3) expect(match).toBe('all');
        },
      ),
    ));

  it('is in the trigram index without its head if it is a ULID', () => {
    expect(indexedPart('01JPJ03YJT1A93D6NF56G4GVEQ')).toBe('PJ03YJT1A93D6NF56G4GVEQ');
    expect(['AB', '01jpj03yjt1a93d6nf56g4gveq'].map(indexedPart)).toEqual([
      'AB',
      '01jpj03yjt1a93d6nf56g4gveq',
    ]);
  });
});
