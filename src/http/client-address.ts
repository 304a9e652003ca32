import type { IncomingMessage } from 'node:http';
import { isIP } from 'node:net';
import { createTrustCheck } from './hosts.ts';

/** The parts of a request that name its client. */
export type Peer = Pick<IncomingMessage, 'rawHeaders'> & { socket: { remoteAddress?: string | undefined } };

/**
 * Creates a function that returns the IP address of the client of a request: the address of the socket or, behind trusted
 * proxies, the right-most entry of `X-Forwarded-For` that is not a trusted proxy. An IPv4 address in an IPv6 form is returned
 * as IPv4. Undefined if the connection has been closed.
 */
export function createClientAddress(
  trustedProxies: readonly string[],
): (request: Peer) => string | undefined {
  if (trustedProxies.length === 0) return ({ socket }) => plainAddress(socket.remoteAddress);
  const isTrusted = createTrustCheck(trustedProxies);
  return ({ socket, rawHeaders }) => {
    let client = plainAddress(socket.remoteAddress);
    if (client === undefined || !isTrusted(client)) return client;
    for (const entry of forwardedFor(rawHeaders).reverse()) {
      const address = parseEntry(entry);
      // What stands before an entry that is not an address cannot be trusted.
      if (address === undefined) return client;
      client = address;
      if (!isTrusted(client)) return client;
    }
    return client;
  };
}

/** Returns the entries of all `X-Forwarded-For` headers in their order. */
function forwardedFor(rawHeaders: readonly string[]): string[] {
  const entries: string[] = [];
  for (let i = 0; i < rawHeaders.length; i += 2) {
    if (rawHeaders[i]?.toLowerCase() === 'x-forwarded-for')
      entries.push(...(rawHeaders[i + 1] ?? '').split(','));
  }
  return entries;
}

/** Parses `192.0.2.1`, `192.0.2.1:8080`, `2001:db8::1`, `[2001:db8::1]` or `[2001:db8::1]:8080`. */
function parseEntry(entry: string): string | undefined {
  const text = entry.trim();
  const [, bracketed, withPort] = /^(?:\[([^\]]+)\](?::\d+)?|([\d.]+):\d+)$/.exec(text) ?? [];
  const address = plainAddress(bracketed ?? withPort ?? text);
  return address !== undefined && isIP(address) !== 0 ? address : undefined;
}

/** Sockets that listen on `::` name IPv4 clients in this form. */
const plainAddress = (address: string | undefined) => address?.replace(/^::ffff:(?=\d+\.)/i, '');
