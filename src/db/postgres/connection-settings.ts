/** The settings of a connection. */

/** After this time, the server gives up the transaction of a client that was cut off in its middle, with its locks. */
const IDLE_TRANSACTION_TIMEOUT_MS = 10_000;

/** Returns a limit in a URL, which replaces ours, in milliseconds; undefined if it has none. */
export const limitOf = (databaseUrl: string, name: string): number | undefined =>
  Number(URL.parse(databaseUrl)?.searchParams.get(name)) || undefined;

/** Returns the SQL that prepares a connection. As parameters of the connection, PgBouncer would refuse the settings. */
export function settingsOf(databaseUrl: string, timeoutMs: number, synchronousCommit: boolean): string {
  const defaults = {
    statement_timeout: timeoutMs,
    idle_in_transaction_session_timeout: Math.min(timeoutMs, IDLE_TRANSACTION_TIMEOUT_MS),
  };
  const limits = Object.entries(defaults).map(
    ([name, limit]) => `SET ${name} = ${limitOf(databaseUrl, name) ?? limit}`,
  );
  return [...limits, ...(synchronousCommit ? [] : ['SET synchronous_commit = off'])].join('; ');
}
