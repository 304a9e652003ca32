import type { ServicesTaskFilter } from '../model/lists.ts';
import type { NewServicesTask, ServicesTaskRow } from '../rows.ts';
import type { AddResult, OnConflict, Page, Slice } from './results.ts';

export interface AddOptions {
  onConflict: OnConflict;
  /** True if `replace` may replace a task of another chain. Default: true. */
  allowChainChange?: boolean;
}

/** The outcome of adding a task. */
export interface AddedServicesTask {
  added: AddResult;
  /** The chain of the existing task, if `allowChainChange` prevented the replacement. */
  ofChain?: number;
}

export interface ServicesTaskQueries {
  /** Returns one page of a chain's tasks, by `id`, with the exact total of the filter. */
  list(chain: number, filter: ServicesTaskFilter, slice: Slice): Promise<Page<ServicesTaskRow>>;
  /** Adds a task. `onConflict` decides if its id is taken, in any chain. */
  add(task: NewServicesTask, onConflict: OnConflict): Promise<AddResult>;
  /** Adds tasks in one transaction. */
  addAll(tasks: readonly NewServicesTask[], options: AddOptions): Promise<AddedServicesTask[]>;
  /** Returns all tasks of all chains, by `id`, in batches. For operators only. */
  listAcrossChains(): AsyncIterable<ServicesTaskRow[]>;
  /** Returns all tasks of a chain, by `id`, in batches. */
  listAll(chain: number): AsyncIterable<ServicesTaskRow[]>;
  /** Returns true if no chain has a task. */
  isEmpty(): Promise<boolean>;
}
