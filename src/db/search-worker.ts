/** The worker thread of a search. It has its own database connection. */
import { workerData } from 'piscina';
import { type TransferredError, transferError } from './error-transfer.ts';
import { openStore, type Store } from './open.ts';
import type { HdpTaskRow } from './rows.ts';
import type { Page, Slice } from './store.ts';

export interface SearchTask {
  term: string;
  slice: Slice;
}

export type SearchResult = { page: Page<HdpTaskRow> } | { error: TransferredError };

const { databaseUrl }: { databaseUrl: string } = workerData;

let store: Store | undefined;

export default async function search({ term, slice }: SearchTask): Promise<SearchResult> {
  try {
    // Not at the top level, where an error would end the thread and each of its replacements.
    store ??= openStore(databaseUrl, { mustExist: true });
    return { page: await store.hdpTasks.list(term, slice) };
  } catch (error) {
    return { error: transferError(error) };
  }
}
