/** A stretch of an ordered list. */
export interface Slice {
  limit: number;
  offset: number;
}

/** One stretch of a list and the exact size of the whole, both read from the same snapshot. */
export interface Page<Row> {
  rows: Row[];
  total: number;
}

/** What to do with a task whose identity is taken. */
export type OnConflict = 'error' | 'skip' | 'replace';

/** What became of a task that was to be added; `conflict` means that nothing was written. */
export type Added = 'inserted' | 'replaced' | 'skipped' | 'conflict';
