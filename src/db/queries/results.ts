/** Which rows of an ordered list to return. */
export interface Slice {
  limit: number;
  offset: number;
}

/** The rows of a slice and the exact size of the list, from one snapshot. */
export interface Page<Row> {
  rows: Row[];
  total: number;
}

/** How to add a task whose id or uuid is taken. */
export type OnConflict = 'error' | 'skip' | 'replace';

/** The outcome of adding a task. `conflict`: nothing was written. */
export type AddResult = 'inserted' | 'replaced' | 'skipped' | 'conflict';
