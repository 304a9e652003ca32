/** URLs of PostgreSQL databases. */

/** Replaces the password in messages and logs. */
const HIDDEN = '***';

/** True for a URL with the scheme of PostgreSQL. */
export const isPostgresUrl = (text: string): boolean => /^postgres(ql)?:/i.test(text);

const EXAMPLE = 'postgres://user:password@host:5432/database';

/** The modes that the driver treats as `verify-full`, with a warning that its next version will not. */
const VERIFIED_MODE = /(?<=[?&]sslmode=)(prefer|require|verify-ca)(?=&|$)/;

/** The driver treats any other mode as `verify-full`. */
const TLS_MODES = ['disable', 'prefer', 'require', 'verify-ca', 'verify-full', 'no-verify'];

/** The limits of time that a URL can replace. */
const LIMITS = ['statement_timeout', 'idle_in_transaction_session_timeout'];

/** The longest time that PostgreSQL accepts, in milliseconds. */
const MAX_LIMIT_MS = 2 ** 31 - 1;

const ENCODING =
  'other characters than letters, digits, -, ., _ and ~ in the user and password must be percent-encoded';

/**
 * Checks a URL. Every mode of TLS becomes `verify-full`, except for `disable` and `no-verify`.
 * @returns the URL, or why it cannot be used, as the end of a sentence. It shows no part of the URL, or of its password.
 */
export function parsePostgresUrl(text: string): { url: string } | { problem: string } {
  const url = URL.parse(text);
  if (hasSeveralHosts(text, url))
    return { problem: `must name one host, as in ${EXAMPLE}; a list of hosts is not supported` };
  if (!url?.hostname || !isWellEncoded(url))
    return { problem: `must be a URL such as ${EXAMPLE}; ${ENCODING}` };
  // The driver would wait for ever.
  if (url.searchParams.has('port')) return { problem: `must have its port after the host, as in ${EXAMPLE}` };
  if (url.pathname.length < 2) return { problem: `must name a database, as in ${EXAMPLE}` };
  const problem = parameterProblem(url.searchParams);
  if (problem !== undefined) return { problem };
  // With this parameter, the modes mean the same as in the library of PostgreSQL.
  if (url.searchParams.get('uselibpqcompat') === 'true') return { url: text };
  return { url: text.replace(VERIFIED_MODE, 'verify-full') };
}

/** The URL of several hosts with ports cannot be parsed. A comma in a password is none between hosts. */
function hasSeveralHosts(text: string, url: URL | null): boolean {
  const [, hosts = ''] = /^[a-z]+:\/\/(?:[^/?#]*@)?([^/?#@]*)/i.exec(text) ?? [];
  return hosts.includes(',') || (url?.searchParams.get('host')?.includes(',') ?? false);
}

/** False if user, password or database have a malformed escape, or if an unescaped character of the password ends it. */
function isWellEncoded({ username, password, pathname, hash }: URL): boolean {
  if (pathname.includes('@') || hash !== '') return false;
  try {
    decodeURIComponent(username);
    decodeURIComponent(password);
    decodeURIComponent(pathname);
    return true;
  } catch {
    return false;
  }
}

function parameterProblem(parameters: URLSearchParams): string | undefined {
  const modes = parameters.getAll('sslmode');
  if (modes.some((mode) => !TLS_MODES.includes(mode)))
    return `must have one of these values of sslmode: ${TLS_MODES.join(', ')}`;
  const isLimit = (value: string) =>
    /^\d{1,10}$/.test(value) && Number(value) > 0 && Number(value) <= MAX_LIMIT_MS;
  const wrong = LIMITS.find((name) => !parameters.getAll(name).every(isLimit));
  return wrong && `must have an integer from 1 to ${MAX_LIMIT_MS} as ${wrong}, in milliseconds`;
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
