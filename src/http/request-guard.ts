/** Checks a request before routing: its HTTP version, its target and its Host header (RFC 9112, 3.2). */
import type { IncomingMessage } from 'node:http';
import type { Refusal } from './early-response.ts';
import { isHealthCheck } from './hosts.ts';

const badRequest = (error: string): Refusal => ({ status: 400, error });

// A host that @hono/node-server accepts without parsing.
const PLAIN_HOST = /^[a-z0-9._-]+(?::\d{4})?$/;
const HOST = /^(\[[0-9a-f:.]+\]|[a-z0-9._~!$&'()*+,;=%-]+)(?::(\d*))?$/i;
const MAX_PORT = 65_535;

/** Replaces a missing or invalid Host header of a health check. */
const PLACEHOLDER_HOST = 'unknown.invalid';

/**
 * Checks a request and normalizes its target and its Host header for the router. A health check (contract C) needs no
 * valid Host header.
 * @returns the refusal, or undefined if the request is valid
 */
export function guardRequest(incoming: IncomingMessage): Refusal | undefined {
  const { httpVersionMajor, method = '', url = '' } = incoming;
  if (httpVersionMajor !== 1) {
    return { status: 505, error: 'The HTTP version is not supported; use HTTP/1.1' };
  }
  const refusal = guardHost(incoming);
  // The first test is cheap and false for almost every request.
  if (url.includes('is-alive') && isHealthCheck(method, pathOf(url))) {
    incoming.url = pathOf(url);
    if (refusal) setHost(incoming, PLACEHOLDER_HOST);
    return undefined;
  }
  if (refusal) return refusal;
  if (url !== '*') return guardTarget(incoming);
  if (method !== 'OPTIONS') return badRequest('The request target * is for OPTIONS alone');
  const headers = { Allow: 'GET, HEAD, POST' };
  return { status: 405, error: 'OPTIONS is not supported; use GET, HEAD or POST', headers };
}

/** Checks the target and normalizes it for the router. */
function guardTarget(incoming: IncomingMessage): Refusal | undefined {
  const { url = '' } = incoming;
  const isPath = url.startsWith('/');
  if (isPath && !url.includes('\\') && !url.includes('#')) return undefined;
  if (url.includes('#')) return badRequest('A # in the request target must be percent-encoded');
  const [beforeQuery = ''] = url.split('?', 1);
  if (beforeQuery.includes('\\'))
    return badRequest('A backslash in the request target must be percent-encoded');
  if (isPath) return undefined;
  if (!isAbsolute(url) || !URL.canParse(url)) return badRequest('The request target is not a valid http URL');
  const { username, password } = new URL(url);
  if (username !== '' || password !== '') return badRequest('The request target must not name a user');
  // The router supports the scheme in lower case only.
  incoming.url = url.replace(/^[^:]*/, (scheme) => scheme.toLowerCase());
  return undefined;
}

function guardHost(incoming: IncomingMessage): Refusal | undefined {
  const [host, ...others] = hostHeaders(incoming);
  if (others.length > 0) return badRequest('The request has more than one Host header');
  if (host === undefined) {
    // In HTTP/1.0, an absolute target is sufficient.
    if (incoming.httpVersionMinor === 0 && isAbsolute(incoming.url)) return undefined;
    return badRequest('The request has no Host header');
  }
  if (PLAIN_HOST.test(host)) return undefined;
  if (host === '') return badRequest('The Host header is empty');
  const [, name = '', port = ''] = HOST.exec(host) ?? [];
  if (name === '' || Number(port) > MAX_PORT) return badRequest('The Host header is malformed');
  const authority = port === '' ? name : `${name}:${port}`;
  // A name that is not valid in a URL, such as 256.0.0.1, cannot be a configured host.
  if (name.includes('%') || !URL.canParse(`http://${authority}`)) {
    return { status: 421, error: 'Unknown host' };
  }
  setHost(incoming, new URL(`http://${authority}`).host);
  return undefined;
}

function hostHeaders({ rawHeaders }: IncomingMessage): string[] {
  const hosts: string[] = [];
  for (let i = 0; i < rawHeaders.length; i += 2) {
    const name = rawHeaders[i] ?? '';
    if (name.length === 4 && name.toLowerCase() === 'host') hosts.push(withoutOws(rawHeaders[i + 1] ?? ''));
  }
  return hosts;
}

/** Replaces all Host headers by one. */
function setHost(incoming: IncomingMessage, host: string): void {
  const { rawHeaders } = incoming;
  for (let i = rawHeaders.length - 2; i >= 0; i -= 2) {
    if (rawHeaders[i]?.toLowerCase() === 'host') rawHeaders.splice(i, 2);
  }
  rawHeaders.push('Host', host);
  incoming.headers.host = host;
}

/** Removes optional whitespace around a header value: spaces and tabs (RFC 9110, 5.6.3). */
const withoutOws = (value: string) => value.replace(/^[ \t]+|[ \t]+$/g, '');

const isAbsolute = (target = '') => /^https?:\/\/[^/?#]/i.test(target);

/** Returns the path of a request target, without its query. */
const pathOf = (target: string) => target.replace(/^https?:\/\/[^/?#]*/i, '').replace(/[?#].*$/s, '');
