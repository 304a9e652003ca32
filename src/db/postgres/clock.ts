/** The clock of the server. It decides when leases end, and when tasks and webhooks are due. */

/** Returns Unix milliseconds that replace the clock of the server; null for the server's. Only tests replace it. */
export type Clock = () => number | null;

/** The parameter of NOW. */
export interface ClockValues {
  clock: number | null;
}

/**
 * The current time in Unix milliseconds, in SQL. Within a transaction, `now()` would stay the same. As a subquery it is
 * read once per statement, so that a comparison can use an index.
 */
export const NOW =
  '(SELECT coalesce(:clock::bigint, floor(extract(epoch FROM clock_timestamp()) * 1000)::bigint))';
