/** The request headers that carry credentials (contract A1). Free of other modules, because the pages read it too. */

/** The headers of an admin session. */
export const ADMIN_HEADERS = {
  userId: 'X-Spaaza-Session-User-Id',
  key: 'X-Spaaza-Session-Key',
  chain: 'X-Spaaza-Session-Chain-Id',
} as const;

/** The request headers that carry credentials, in lower case. */
export const CREDENTIAL_HEADERS = [
  'authorization',
  ...Object.values(ADMIN_HEADERS).map((name) => name.toLowerCase()),
];
