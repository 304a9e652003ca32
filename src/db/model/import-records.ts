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

/** Another process may have dated a lease by a clock that was read a little later. */
const CLOCK_TOLERANCE_MS = 5000;

/** The longest time that a lease can have left. One with more was written before the clock was put back. */
export const MAX_IMPORT_TIME_LEFT_MS = IMPORT_LEASE_MS + CLOCK_TOLERANCE_MS;

/** Parses the ids of a batch. The type is certain, because only imports write the text. */
export function parseRanges(json: string): IdRange[] {
  return JSON.parse(json);
}
