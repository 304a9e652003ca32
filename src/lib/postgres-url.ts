/** URLs of PostgreSQL databases. */

/** Replaces the password in messages and logs. */
const HIDDEN = '***';

/** True for a URL with the scheme of PostgreSQL. */
export const isPostgresUrl = (text: string): boolean => /^postgres(ql)?:/i.test(text);

const EXAMPLE = 'postgres://user:password@host:5432/database';

/** The modes that the driver treats as `verify-full`, with a warning that its next version will not. */
const VERIFIED_MODE = /(?<=[?&]sslmode=)(prefer|require|verify-ca)(?=&|$)/;

/**
 * Checks a URL. Every mode of TLS becomes `verify-full`, except for `disable` and `no-verify`.
 * @returns the URL, or why it cannot be used, as the end of a sentence. It shows no part of the URL, or of its password.
 */
export function parsePostgresUrl(text: string): { url: string } | { problem: string } {
  const url = URL.parse(text);
  if (!url?.hostname || url.hostname.includes(',')) return { problem: `must be a URL such as ${EXAMPLE}` };
  // The driver would wait for ever.
  if (url.searchParams.has('port')) return { problem: `must have its port after the host, as in ${EXAMPLE}` };
  if (url.pathname.length < 2) return { problem: `must name a database, as in ${EXAMPLE}` };
  // With this parameter, the modes mean the same as in the library of PostgreSQL.
  if (url.searchParams.get('uselibpqcompat') === 'true') return { url: text };
  return { url: text.replace(VERIFIED_MODE, 'verify-full') };
}

/** Returns the name of a database for messages and logs, without a password. */
export function databaseName(databaseUrl: string): string {
  if (!isPostgresUrl(databaseUrl)) return databaseUrl;
  const url = URL.parse(databaseUrl);
  if (!url) return 'postgres';
  if (url.password !== '') url.password = HIDDEN;
  // Parameters can hold a password too.
  url.search = '';
  return url.href;
}
