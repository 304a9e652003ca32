/**
 * Plan of a search: how to read one page of the tasks that a term finds, newest first. It is decided from counts alone,
 * and estimates cost in rows read.
 */

import type { UuidCounting } from './search-count.ts';

/** Up to this many tasks are collected and sorted, whatever the page. */
export const SORT_LIMIT = 2000;

/** Finding the first task of a program costs as much as reading this many rows in list order. */
const SEEK_ROWS = 20;

/** How tasks are counted: as `UuidCounting` says, or `unknown` if the uuids are too many to list and no block counts them. */
export type Counting = UuidCounting | 'unknown';

export interface SearchCounts {
  /** The number of tasks that the term finds. */
  total: number;
  limit: number;
  /** The number of found tasks that are newer than the page. */
  offset: number;
  counting: Counting;
  sortLimit?: number;
}

/** The end of the list from which a page is reached sooner. */
export type Direction = 'from newest' | 'from oldest';

/**
 * - `empty`: the page is past the end.
 * - `sort`: collect all tasks found, and sort them; only if their uuids are listed.
 * - `blocks`: add up blocks from one end until the page begins, and read rows from there on.
 * - `scan`: read the whole list from one end.
 * `skip` is the number of found tasks between that end and the page, and `take` the number on the page.
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
  const older = total - offset - take;
  const kind = counting === 'unknown' ? 'scan' : 'blocks';
  if (offset <= older) return { kind, direction: 'from newest', skip: offset, take };
  return { kind, direction: 'from oldest', skip: older, take };
}

export interface BlockCounts {
  /** The number of tasks in the block, and the number that the term finds there. */
  size: number;
  found: number;
  /** The number of found tasks in the block that come before the page in the direction of reading, and on the page. */
  skip: number;
  take: number;
  /** The number of programs whose tasks in the block are all tasks found there that are not listed, if that is so. */
  programs: number | undefined;
}

/**
 * - `merge`: read the first tasks of each program in the block, and merge them.
 * - `scan`: read the block in list order.
 * `isReversed`: read from the far end of the block, which is nearer to the page.
 */
export interface BlockPlan {
  kind: 'merge' | 'scan';
  isReversed: boolean;
  /** The number of found tasks between that end and the page. */
  skip: number;
}

export function planBlock({ size, found, skip, take, programs }: BlockCounts): BlockPlan {
  const beyond = found - skip - take;
  const isReversed = beyond < skip;
  const nearer = isReversed ? beyond : skip;
  const scanned = ((nearer + take) * size) / found;
  const merged = programs === undefined ? Number.POSITIVE_INFINITY : programs * (SEEK_ROWS + nearer + take);
  return { kind: merged < scanned ? 'merge' : 'scan', isReversed, skip: nearer };
}
