/** Searches in a worker thread, on a connection of the thread. */
import { workerData } from 'piscina';
import { type TransferredError, transferError } from './error-transfer.ts';
import { openStore, type Store } from './open.ts';
import type { HdpTaskRow } from './rows.ts';
import type { Page, Slice } from './store.ts';

export interface SearchTask {
  term: string;
  slice: Slice;
}

/** The page, or why there is none. */
export type SearchResult = { page: Page<HdpTaskRow> } | { error: TransferredError };

const { databaseUrl }: { databaseUrl: string } = workerData;

let store: Store | undefined;

export default async function search({ term, slice }: SearchTask): Promise<SearchResult> {
  try {
    // Not at the top level: an error there would end the thread, and the next one would meet it again.
    store ??= openStore(databaseUrl, { mustExist: true });
    return { page: await store.hdpTasks.list(term, slice) };
  } catch (error) {
    return { error: transferError(error) };
  }
}
