import { isIPv6 } from 'node:net';
import ipaddr from 'ipaddr.js';
import { LRUCache } from 'lru-cache';
import { getDomain } from 'tldts';
import type { DueWebhook } from '../db/queries/hdp-webhooks.ts';
import { parseUrl } from '../lib/parse-url.ts';
import { hostOf } from './target.ts';

type Target = Pick<DueWebhook, 'url' | 'keyId'>;

/** Releases a slot. @param durationMs duration of the attempt, if one was made */
export type Release = (durationMs?: number) => void;

/** Limits the number of concurrent attempts, so that slow receivers of one client do not delay other webhooks. */
export interface Slots {
  /** Takes a slot if every limit allows it. */
  take(target: Target): Release | undefined;
  isFull(): boolean;
}

const MAX_ATTEMPTS = 96;
const MAX_PER_KEY = 40;
/** Counted per registrable domain, because a client can use many names below one domain for slow receivers. */
const MAX_PER_DOMAIN = 24;
const MAX_PER_ORIGIN = 2;

/** An origin counts as slow after an attempt of at least this duration, until an attempt is faster. */
const SLOW_MS = 2000;
const MAX_SLOW_ORIGINS = 10_000;

export function createSlots(): Slots {
  const taken = new Map<string, number>();
  const slowOrigins = new LRUCache<string, true>({ max: MAX_SLOW_ORIGINS });
  const count = (name: string) => taken.get(name) ?? 0;

  /** Returns the limits that an attempt counts towards. All slow origins together may use half of each shared limit. */
  function limitsOf({ url, keyId }: Target, origin: string): [name: string, limit: number][] {
    const shared: [string, number][] = [
      ['all', MAX_ATTEMPTS],
      [`key ${keyId}`, MAX_PER_KEY],
      [`domain ${domainOf(url)}`, MAX_PER_DOMAIN],
    ];
    const slow = shared.map(([name, limit]): [string, number] => [`slow ${name}`, limit / 2]);
    return [...shared, [`origin ${origin}`, MAX_PER_ORIGIN], ...(slowOrigins.has(origin) ? slow : [])];
  }

  return {
    take(target) {
      const origin = originOf(target.url);
      const limits = limitsOf(target, origin);
      if (limits.some(([name, limit]) => count(name) >= limit)) return undefined;
      for (const [name] of limits) taken.set(name, count(name) + 1);
      return (durationMs) => {
        for (const [name] of limits) {
          if (count(name) > 1) taken.set(name, count(name) - 1);
          else taken.delete(name);
        }
        if (durationMs === undefined) return;
        if (durationMs >= SLOW_MS) slowOrigins.set(origin, true);
        else slowOrigins.delete(origin);
      };
    },
    isFull: () => count('all') >= MAX_ATTEMPTS,
  };
}

/** Returns scheme, host and port of a URL; '' if it is not valid. */
function originOf(text: string): string {
  const url = parseUrl(text);
  return url ? `${url.protocol}//${hostOf(url)}:${url.port}` : '';
}

/** Returns the registrable domain or the address of a URL. For IPv6, returns the /64, which may belong to one machine. */
function domainOf(text: string): string {
  const url = parseUrl(text);
  if (!url) return '';
  const host = hostOf(url);
  if (isIPv6(host)) return ipaddr.IPv6.networkAddressFromCIDR(`${host}/64`).toString();
  return getDomain(host, { allowPrivateDomains: true }) ?? host;
}
