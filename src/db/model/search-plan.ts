/**
 * Plans how a search reads one page of the found tasks, newest first. It decides from counts, and estimates the cost in rows
 * read.
 */
import type { UuidCounting } from './search-count.ts';

/** Up to this many found tasks are collected and sorted. */
export const SORT_LIMIT = 2000;

/** The cost of finding the first task of a program, in rows read in list order. */
const SEEK_COST = 20;

export interface SearchCounts {
  /** The number of found tasks. */
  total: number;
  limit: number;
  /** The number of found tasks that are newer than the page. */
  offset: number;
  /** With `unknown`, the list is scanned. */
  counting: UuidCounting;
  sortLimit?: number;
}

/** The end of the list that is nearer to the page. */
export type Direction = 'from newest' | 'from oldest';

/**
 * How to read a page:
 * - `empty`: the page is after the end.
 * - `sort`: collect and sort all found tasks; possible only if their uuids are listed.
 * - `blocks`: add up blocks from one end until the page begins, then read rows.
 * - `scan`: read the list from one end.
 *
 * `skip` is the number of found tasks between that end and the page, `take` the number of found tasks on the page.
 */
export type SearchPlan =
  | { kind: 'empty' }
  | { kind: 'sort' }
  | { kind: 'blocks' | 'scan'; direction: Direction; skip: number; take: number };

export function planSearch({
  total,
  limit,
  offset,
  counting,
  sortLimit = SORT_LIMIT,
}: SearchCounts): SearchPlan {
  const take = Math.min(limit, total - offset);
  if (take <= 0) return { kind: 'empty' };
  if (counting === 'listed' && total <= sortLimit) return { kind: 'sort' };
  const olderCount = total - offset - take;
  const kind = counting === 'unknown' ? 'scan' : 'blocks';
  if (offset <= olderCount) return { kind, direction: 'from newest', skip: offset, take };
  return { kind, direction: 'from oldest', skip: olderCount, take };
}

export interface BlockCounts {
  /** The number of tasks in the block. */
  size: number;
  /** The number of found tasks in the block. */
  found: number;
  /** The number of found tasks in the block that are read before the page. */
  skip: number;
  /** The number of found tasks in the block that are on the page. */
  take: number;
  /** The number of found programs in the block; undefined if there are found tasks that are neither theirs nor listed. */
  programs: number | undefined;
}

/**
 * How to read a block:
 * - `merge`: read the first tasks of each program in the block and merge them.
 * - `scan`: read the block in list order.
 */
export interface BlockPlan {
  kind: 'merge' | 'scan';
  /** True to read from the other end of the block, which is nearer to the page. */
  isReversed: boolean;
  /** The number of found tasks between the end that is read first and the page. */
  skip: number;
}

export function planBlock({ size, found, skip, take, programs }: BlockCounts): BlockPlan {
  const rowsAfter = found - skip - take;
  const isReversed = rowsAfter < skip;
  const skipped = isReversed ? rowsAfter : skip;
  const scanCost = ((skipped + take) * size) / found;
  const mergeCost =
    programs === undefined ? Number.POSITIVE_INFINITY : programs * (SEEK_COST + skipped + take);
  return { kind: mergeCost < scanCost ? 'merge' : 'scan', isReversed, skip: skipped };
}
