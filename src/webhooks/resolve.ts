import { promises as dns, type LookupAddress } from 'node:dns';
import { readFile } from 'node:fs/promises';
import { isIP } from 'node:net';

/** Returns the addresses of a host name. An aborted signal ends the lookup. @throws Error with the reason */
export type Resolve = (hostname: string, signal: AbortSignal) => Promise<LookupAddress[]>;

export interface ResolverOptions {
  /** DNS servers as `address:port`. The default is the system's DNS servers. */
  servers?: readonly string[];
  hostsFile?: string;
}

const QUERY_TIMEOUT_MS = 2000;
const TRIES = 2;
/** How long the slower of the A and AAAA responses may take after the faster one. */
const SECOND_RESPONSE_TIMEOUT_MS = 250;

/**
 * Creates a resolver that reads the hosts file and then queries DNS servers (c-ares). `dns.lookup` is not used, because
 * it cannot be cancelled and occupies one of four threads: a few slow names would block every other lookup.
 */
export function createResolve({ servers, hostsFile = '/etc/hosts' }: ResolverOptions = {}): Resolve {
  return async (hostname, signal) => {
    const name = hostname.toLowerCase().replace(/\.$/, '');
    // DNS servers must not be asked for localhost (RFC 6761).
    if (/(^|\.)localhost$/.test(name)) return toAddresses(['127.0.0.1', '::1']);
    const local = findInHosts(await readFile(hostsFile, 'utf8').catch(() => ''), name);
    if (local.length > 0) return toAddresses(local);
    const resolver = new dns.Resolver({ timeout: QUERY_TIMEOUT_MS, tries: TRIES });
    if (servers) resolver.setServers(servers);
    return query(resolver, name, signal);
  };
}

/** Queries IPv4 and IPv6 addresses. After the first response, waits only a short time for the other one. */
async function query(resolver: dns.Resolver, name: string, signal: AbortSignal): Promise<LookupAddress[]> {
  const cancel = () => resolver.cancel();
  signal.addEventListener('abort', cancel, { once: true });
  let timer: NodeJS.Timeout | undefined;
  try {
    const queries = [resolver.resolve4(name), resolver.resolve6(name)];
    if (signal.aborted) cancel();
    for (const each of queries) {
      each.then(
        () => {
          timer ??= setTimeout(cancel, SECOND_RESPONSE_TIMEOUT_MS);
        },
        () => {},
      );
    }
    const results = await Promise.allSettled(queries);
    const found = results.flatMap((result) => (result.status === 'fulfilled' ? result.value : []));
    if (found.length > 0) return toAddresses(found);
    const [failure] = results.flatMap((result) => (result.status === 'rejected' ? [result.reason] : []));
    throw new Error(`${name} cannot be resolved (${codeOf(failure)})`);
  } finally {
    clearTimeout(timer);
    signal.removeEventListener('abort', cancel);
  }
}

function findInHosts(text: string, name: string): string[] {
  return text.split('\n').flatMap((line) => {
    const [address = '', ...names] = line.replace(/#.*/, '').trim().toLowerCase().split(/\s+/);
    return isIP(address) !== 0 && names.includes(name) ? [address] : [];
  });
}

const toAddresses = (addresses: readonly string[]): LookupAddress[] =>
  addresses.map((address) => ({ address, family: isIP(address) }));

const codeOf = (error: unknown) =>
  error instanceof Error && 'code' in error ? String(error.code) : 'no address';
