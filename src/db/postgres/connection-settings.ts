/** The settings of a connection. */

/** Returns a limit in a URL, which replaces ours, in milliseconds; undefined if it has none. */
export const limitOf = (databaseUrl: string, name: string): number | undefined =>
  Number(URL.parse(databaseUrl)?.searchParams.get(name)) || undefined;

/** Returns the SQL that prepares a connection. As parameters of the connection, PgBouncer would refuse the settings. */
export function settingsOf(databaseUrl: string, timeoutMs: number, synchronousCommit: boolean): string {
  const limits = ['statement_timeout', 'idle_in_transaction_session_timeout'].map(
    (name) => `SET ${name} = ${limitOf(databaseUrl, name) ?? timeoutMs}`,
  );
  return [...limits, ...(synchronousCommit ? [] : ['SET synchronous_commit = off'])].join('; ');
}
