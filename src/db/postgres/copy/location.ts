const DEFAULT_PORT = '5432';

/** Returns what identifies a database: server, port and name, without user and password. */
export function serverLocation(databaseUrl: string): string {
  const { hostname, port, pathname } = new URL(databaseUrl);
  return `postgres://${hostname}:${port || DEFAULT_PORT}${pathname}`;
}
