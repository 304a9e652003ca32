import { describe, expect, it } from 'vitest';
import { planBlock, planSearch, type SearchCounts, SORT_LIMIT } from '../../../src/db/model/search-plan.ts';

const search = (counts: Partial<SearchCounts>) =>
  planSearch({ total: 100_000, limit: 10, offset: 0, counting: 'listed', ...counts });

describe('the plan of a search', () => {
  it.each<[string, Partial<SearchCounts>, ReturnType<typeof planSearch>]>([
    ['reads nothing when nothing is found', { total: 0 }, { kind: 'empty' }],
    ['reads nothing past the end', { total: 30, offset: 30 }, { kind: 'empty' }],
    ['sorts what is found when it is little', { total: SORT_LIMIT }, { kind: 'sort' }],
    [
      'reads blocks when one task more is found',
      { total: SORT_LIMIT + 1 },
      { kind: 'blocks', direction: 'from newest', skip: 0, take: 10 },
    ],
    [
      'reads blocks when uuids are not listed, however little is found',
      { total: 5, counting: 'n-gram' },
      { kind: 'blocks', direction: 'from newest', skip: 0, take: 5 },
    ],
    [
      'reads a page in the older half from the oldest task',
      { offset: 60_000 },
      { kind: 'blocks', direction: 'from oldest', skip: 39_990, take: 10 },
    ],
    [
      'takes what is left on the last page',
      { total: 100_003, offset: 100_000, counting: 'prefix' },
      { kind: 'blocks', direction: 'from oldest', skip: 0, take: 3 },
    ],
    [
      'scans the list when no block counts the uuids',
      { counting: 'unknown', offset: 40 },
      { kind: 'scan', direction: 'from newest', skip: 40, take: 10 },
    ],
  ])('%s', (_, counts, plan) => expect(search(counts)).toEqual(plan));
});

describe('the plan of a block', () => {
  const block = { size: 4000, found: 400, skip: 0, take: 10, programs: 1 };

  it.each([
    ['merges the tasks of one program', {}, { kind: 'merge', isReversed: false, skip: 0 }],
    ['scans when many programs are there', { programs: 300 }, { kind: 'scan', isReversed: false, skip: 0 }],
    [
      'scans when uuids are not listed',
      { programs: undefined },
      { kind: 'scan', isReversed: false, skip: 0 },
    ],
    ['scans when every task is found', { found: 4000 }, { kind: 'scan', isReversed: false, skip: 0 }],
    ['merges what only listed uuids find', { programs: 0 }, { kind: 'merge', isReversed: false, skip: 0 }],
    [
      'reads from the far end when it is nearer',
      { skip: 380 },
      { kind: 'merge', isReversed: true, skip: 10 },
    ],
  ])('%s', (_, counts, plan) => expect(planBlock({ ...block, ...counts })).toEqual(plan));
});
