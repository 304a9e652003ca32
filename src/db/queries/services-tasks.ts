import type { ServicesTaskFilter } from '../model/lists.ts';
import type { NewServicesTask, ServicesTaskRow } from '../rows.ts';
import type { Added, OnConflict, Page, Slice } from './results.ts';

export interface AddOptions {
  onConflict: OnConflict;
  /** Whether `replace` may put a task of one chain in the place of another chain's; true if left out. */
  allowChainChange?: boolean;
}

/** What became of a task that was to be added; `ofChain` names the chain whose task was not replaced. */
export interface AddedServicesTask {
  added: Added;
  ofChain?: number;
}

export interface ServicesTaskQueries {
  /** One page of a chain's tasks, `id` ascending, with the exact total of the filter. */
  list(chain: number, filter: ServicesTaskFilter, slice: Slice): Promise<Page<ServicesTaskRow>>;
  /** Adds a task, or does what `onConflict` says if its id is taken, in this chain or another. */
  add(task: NewServicesTask, onConflict: OnConflict): Promise<Added>;
  /** Adds tasks in one transaction. */
  addAll(tasks: readonly NewServicesTask[], options: AddOptions): Promise<AddedServicesTask[]>;
  /** Every task of every chain, `id` ascending, in batches. For operators only. */
  allChains(): AsyncIterable<ServicesTaskRow[]>;
  /** Every task of one chain, `id` ascending, in batches. */
  all(chain: number): AsyncIterable<ServicesTaskRow[]>;
  /** True if there is no task at all, in any chain. */
  isEmpty(): Promise<boolean>;
}
