/** The records of unfinished imports: the ids that they have inserted, and their leases. */
import type { IdRange } from './id-ranges.ts';
import type { IMPORT_APIS } from './statuses.ts';

export type ImportApi = (typeof IMPORT_APIS)[number];

export interface ImportRecord {
  id: number;
  api: ImportApi;
}

/** The process of an import that has written nothing for this long is considered killed. */
export const IMPORT_LEASE_MS = 60_000;

/** Other processes date leases by a clock that was read a little later. */
const CLOCK_TOLERANCE_MS = 5000;

/** Returns the latest plausible end of a lease. One that ends later was written before the clock was put back. */
export const latestLeaseEnd = (now: number): number => now + IMPORT_LEASE_MS + CLOCK_TOLERANCE_MS;

/** Parses the ids of a batch. The type is certain, because only imports write the text. */
export function parseRanges(json: string): IdRange[] {
  return JSON.parse(json);
}
