import type { HdpTaskRow, NewHdpTask } from '../rows.ts';
import type { AddResult, OnConflict, Page, Slice } from './results.ts';

export interface HdpTaskQueries {
  /**
   * Returns one page of the public list, by `createdAt` and then `uuid`, both descending, with the exact total. A
   * non-empty `search` selects the tasks whose uuid, program hash or program name contains it, ignoring case (contract B2).
   */
  list(search: string, slice: Slice): Promise<Page<HdpTaskRow>>;
  /** Adds a task. `onConflict` decides if its uuid is taken; replacing a task also deletes its history. */
  add(task: NewHdpTask, onConflict: OnConflict): Promise<AddResult>;
  /** Adds tasks in one transaction. */
  addAll(tasks: readonly NewHdpTask[], onConflict: OnConflict): Promise<AddResult[]>;
  /** Returns all tasks, by `createdAt` and then `uuid`, both ascending, in batches. */
  listAll(): AsyncIterable<HdpTaskRow[]>;
  /** Returns the uuids of tasks that have not ended, by id. Reads every task. */
  listUnfinished(limit: number): Promise<string[]>;
  /** Returns true if there is no task. */
  isEmpty(): Promise<boolean>;
}
