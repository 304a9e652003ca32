/** The worker thread of a search. It has its own database connection. It imports little: each thread loads its own modules. */
import { drizzle } from 'drizzle-orm/better-sqlite3';
import { workerData } from 'piscina';
import { type TransferredError, transferError } from '../../error-transfer.ts';
import type { HdpTaskRow } from '../../rows.ts';
import type { Page, Slice } from '../../store.ts';
import { connect } from '../connection.ts';
import { filePath } from '../database-url.ts';
import { prepareRead } from '../read-transaction.ts';
import { createHdpSearch } from '../search/search.ts';

export interface SearchTask {
  term: string;
  slice: Slice;
}

/** The page, or why there is none. */
export type SearchResult = { page: Page<HdpTaskRow> } | { error: TransferredError };

const { databaseUrl }: { databaseUrl: string } = workerData;

let search: ReturnType<typeof openSearch> | undefined;

function openSearch() {
  const sqlite = connect(filePath(databaseUrl), { mustExist: true });
  const read = prepareRead(sqlite);
  const find = createHdpSearch(drizzle({ client: sqlite }));
  return (term: string, slice: Slice) => read(() => find(term, slice));
}

export default function run({ term, slice }: SearchTask): SearchResult {
  try {
    // Not at the top level, where an error would end the thread and each of its replacements.
    search ??= openSearch();
    return { page: search(term, slice) };
  } catch (error) {
    return { error: transferError(error) };
  }
}
