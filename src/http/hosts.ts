import { BlockList, isIPv6 } from 'node:net';
import type { HttpBindings } from '@hono/node-server';
import { getPath } from 'hono/utils/url';

/** Where a request goes: an API, nowhere we know, or undecidable because it names two hosts. */
export type Destination = 'services' | 'hdp' | 'unknown' | 'conflict';

export interface HostOptions {
  /** Names in the form of `hostName`. */
  servicesHosts: readonly string[];
  hdpHosts: readonly string[];
  /** Addresses or CIDR blocks of the proxies whose `X-Forwarded-Host` counts. */
  trustedProxies: readonly string[];
}

/**
 * Returns a host in the form in which hosts are compared: lower-cased, without port and trailing dot (contract C), IPv6
 * addresses in their shortest form.
 */
export function hostName(host: string): string {
  const name = host.trim().toLowerCase().replace(/:\d*$/, '').replace(/\.$/, '');
  return name.startsWith('[') ? shortestIpv6(name) : name;
}

/** Returns an address in brackets in its shortest form; as it is if it is none. */
function shortestIpv6(name: string): string {
  const address = name.slice(1, -1);
  return name.endsWith(']') && isIPv6(address) && !address.includes('%')
    ? new URL(`http://${name}`).hostname
    : name;
}

/**
 * True for a health check, which is answered on every host: load balancers and Kubernetes send an address, or nothing,
 * as the host (contract C).
 */
export const isHealthCheck = (method: string, path: string) =>
  path === '/is-alive' && (method === 'GET' || method === 'HEAD');

/**
 * Hono's `getPath` for routing by host: the path, with the destination in front (`/services/tasks`). The path part
 * is Hono's own, so that it is decoded as everywhere else.
 */
export function createGetPath(options: HostOptions) {
  const destinations = new Map<string, Destination>([
    ...options.servicesHosts.map((host) => [host, 'services'] as const),
    ...options.hdpHosts.map((host) => [host, 'hdp'] as const),
  ]);
  const isTrusted = createTrust(options.trustedProxies);

  return (request: Request, context?: { env?: HttpBindings }): string => {
    const path = getPath(request);
    if (isHealthCheck(request.method, path)) return `/hdp${path}`;
    const forwarded = isProxied(context?.env, isTrusted) ? request.headers.get('x-forwarded-host') : null;
    return `/${destinationOf(request, forwarded)}${path}`;
  };

  function destinationOf(request: Request, forwarded: string | null): Destination {
    if (forwarded) return destinations.get(hostName(forwarded.split(',')[0] ?? '')) ?? 'unknown';
    const named = hostName(authorityOf(request.url));
    const header = request.headers.get('host');
    // An absolute-form target (`GET http://hdp…/tasks`) names a host of its own beside the Host header.
    if (header !== null && hostName(header) !== named) return 'conflict';
    return destinations.get(named) ?? 'unknown';
  }
}

/** Whether a request comes from a proxy that is trusted. */
function isProxied(env: Partial<HttpBindings> | undefined, isTrusted: (address: string) => boolean): boolean {
  const peer = env?.incoming?.socket.remoteAddress;
  return peer !== undefined && isTrusted(peer);
}

/** Scheme and host, as the client named them: with them begins any URL that leads back here. */
export function createOrigin({ trustedProxies }: Pick<HostOptions, 'trustedProxies'>) {
  const isTrusted = createTrust(trustedProxies);
  return (request: Request, env: Partial<HttpBindings> | undefined): string => {
    const { protocol, host } = new URL(request.url);
    const forwarded = (name: string) =>
      isProxied(env, isTrusted) ? request.headers.get(name)?.split(',')[0]?.trim() : undefined;
    const scheme = /^https?$/.exec(forwarded('x-forwarded-proto') ?? '')?.[0] ?? protocol.slice(0, -1);
    return `${scheme}://${forwarded('x-forwarded-host') || host}`;
  };
}

function authorityOf(url: string): string {
  const start = url.indexOf('//') + 2;
  return url.slice(start, url.indexOf('/', start)).replace(/^.*@/, '');
}

/** Whether an address belongs to one of the given addresses or CIDR blocks. @throws Error on one that is neither */
export function createTrust(blocks: readonly string[]): (address: string) => boolean {
  const trusted = new BlockList();
  for (const block of blocks) {
    const [address = '', prefix] = block.split('/');
    const family = isIPv6(address) ? 'ipv6' : 'ipv4';
    trusted.addSubnet(
      address,
      prefix === undefined ? (family === 'ipv6' ? 128 : 32) : Number(prefix),
      family,
    );
  }
  return (address) => trusted.check(address, isIPv6(address) ? 'ipv6' : 'ipv4');
}
