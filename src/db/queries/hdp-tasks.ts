import type { HdpTaskRow, NewHdpTask } from '../rows.ts';
import type { Added, OnConflict, Page, Slice } from './results.ts';

export interface HdpTaskQueries {
  /**
   * One page of the public list, `createdAt` newest first, then `uuid` descending, with the exact total. A
   * non-empty `search` keeps the tasks whose uuid, program hash or program name contains it, case-folded (contract B2).
   */
  list(search: string, slice: Slice): Promise<Page<HdpTaskRow>>;
  /** Adds a task, or does what `onConflict` says when its uuid is taken; replacing it deletes its history too. */
  add(task: NewHdpTask, onConflict: OnConflict): Promise<Added>;
  /** Adds tasks in one transaction. */
  addAll(tasks: readonly NewHdpTask[], onConflict: OnConflict): Promise<Added[]>;
  /** Every task, oldest first (`createdAt`, then `uuid`, ascending), in batches. */
  all(): AsyncIterable<HdpTaskRow[]>;
  /** The uuids of tasks that have not ended, in the order in which they came; it looks at every task. */
  unended(limit: number): Promise<string[]>;
  /** True if there is no task at all. */
  isEmpty(): Promise<boolean>;
}
