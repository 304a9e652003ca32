import { BlockList, isIPv6 } from 'node:net';
import type { HttpBindings } from '@hono/node-server';
import { getPath } from 'hono/utils/url';

/** The API that a request is for; `unknown` for another host, `conflict` for a request that names two hosts. */
export type Destination = 'services' | 'hdp' | 'unknown' | 'conflict';

export interface HostOptions {
  /** Host names, normalized by `hostName`. */
  servicesHosts: readonly string[];
  hdpHosts: readonly string[];
  /** Addresses or CIDR blocks of the proxies whose `X-Forwarded-…` headers are used. */
  trustedProxies: readonly string[];
}

/**
 * Normalizes a host for comparison: lower case, no port, no trailing dot (contract C), shortest form of an IPv6 address.
 */
export function hostName(host: string): string {
  const name = host.trim().toLowerCase().replace(/:\d*$/, '').replace(/\.$/, '');
  return name.startsWith('[') ? shortestIpv6(name) : name;
}

/** Returns an IPv6 address in brackets in its shortest form. Returns other text unchanged. */
function shortestIpv6(name: string): string {
  const address = name.slice(1, -1);
  return name.endsWith(']') && isIPv6(address) && !address.includes('%')
    ? new URL(`http://${name}`).hostname
    : name;
}

/**
 * Returns true for a health check. It is answered on every host, because load balancers and Kubernetes send an address
 * or no host (contract C).
 */
export const isHealthCheck = (method: string, path: string) =>
  path === '/is-alive' && (method === 'GET' || method === 'HEAD');

/**
 * Creates a `getPath` for Hono that routes by host. It returns the path with the destination as its prefix
 * (`/services/tasks`).
 */
export function createGetPath(options: HostOptions) {
  const destinations = new Map<string, Destination>([
    ...options.servicesHosts.map((host) => [host, 'services'] as const),
    ...options.hdpHosts.map((host) => [host, 'hdp'] as const),
  ]);
  const isTrusted = createTrustCheck(options.trustedProxies);

  return (request: Request, context?: { env?: HttpBindings }): string => {
    const path = getPath(request);
    if (isHealthCheck(request.method, path)) return `/hdp${path}`;
    const forwarded = isProxied(context?.env, isTrusted) ? request.headers.get('x-forwarded-host') : null;
    // Hono serves the root of a mounted router at a path without a slash.
    return `/${destinationOf(request, forwarded)}${path === '/' ? '' : path}`;
  };

  function destinationOf(request: Request, forwarded: string | null): Destination {
    if (forwarded) {
      const [first = ''] = forwarded.split(',');
      return (isAuthority(first.trim()) && destinations.get(hostName(first))) || 'unknown';
    }
    const host = hostName(authorityOf(request.url));
    const header = request.headers.get('host');
    // An absolute-form target (`GET http://hdp…/tasks`) contains a host in addition to the Host header.
    if (header !== null && hostName(header) !== host) return 'conflict';
    return destinations.get(host) ?? 'unknown';
  }
}

/** Returns true if a request comes from a trusted proxy. */
function isProxied(env: Partial<HttpBindings> | undefined, isTrusted: (address: string) => boolean): boolean {
  const peer = env?.incoming?.socket.remoteAddress;
  return peer !== undefined && isTrusted(peer);
}

/** Creates a function that returns the origin (scheme and host) that the client used, for URLs of this server. */
export function createOrigin({ trustedProxies }: Pick<HostOptions, 'trustedProxies'>) {
  const isTrusted = createTrustCheck(trustedProxies);
  return (request: Request, env: Partial<HttpBindings> | undefined): string => {
    const { protocol, host } = new URL(request.url);
    const forwarded = (name: string) =>
      isProxied(env, isTrusted) ? request.headers.get(name)?.split(',')[0]?.trim() : undefined;
    const scheme = /^https?$/i.exec(forwarded('x-forwarded-proto') ?? '')?.[0] ?? protocol.slice(0, -1);
    return new URL(`${scheme}://${forwarded('x-forwarded-host') || host}`).origin;
  };
}

/** True for a host with or without a port. The port of a Host header is checked by the URL of the request. */
const isAuthority = (text: string) => URL.canParse(`http://${text}`);

function authorityOf(url: string): string {
  const start = url.indexOf('//') + 2;
  return url.slice(start, url.indexOf('/', start)).replace(/^.*@/, '');
}

/** Creates a check whether an address is in one of the addresses or CIDR blocks. @throws Error if a block is invalid */
export function createTrustCheck(blocks: readonly string[]): (address: string) => boolean {
  const trusted = new BlockList();
  for (const block of blocks) {
    const [address = '', prefix] = block.split('/');
    const family = isIPv6(address) ? 'ipv6' : 'ipv4';
    if (prefix === undefined) trusted.addAddress(address, family);
    else trusted.addSubnet(address, Number(prefix), family);
  }
  return (address) => trusted.check(address, isIPv6(address) ? 'ipv6' : 'ipv4');
}
