import { isIPv6 } from 'node:net';
import ipaddr from 'ipaddr.js';
import { LRUCache } from 'lru-cache';
import { getDomain } from 'tldts';
import type { DueWebhook } from '../db/queries/hdp-webhooks.ts';
import { hostOf } from './target.ts';

type Target = Pick<DueWebhook, 'url' | 'keyId'>;

/** Gives a slot back. @param durationMs duration of the attempt, if one was made */
export type Release = (durationMs?: number) => void;

/** Bounds how many attempts run at once, so that slow receivers of one client cannot keep others waiting. */
export interface Slots {
  /** Takes a slot if every bound allows it. */
  take(target: Target): Release | undefined;
  isFull(): boolean;
}

const MAX_ATTEMPTS = 96;
const MAX_PER_KEY = 40;
/** A registrable domain has any number of names, and a client can point all of them to slow receivers. */
const MAX_PER_DOMAIN = 24;
const MAX_PER_ORIGIN = 2;

/** An origin is slow after an attempt that took this long, until one is quicker. */
const SLOW_MS = 2000;
const MAX_SLOW_ORIGINS = 10_000;

export function createSlots(): Slots {
  const taken = new Map<string, number>();
  const slowOrigins = new LRUCache<string, true>({ max: MAX_SLOW_ORIGINS });
  const count = (bound: string) => taken.get(bound) ?? 0;

  /** Slow origins share half of every bound that they have in common with others. */
  function boundsOf({ url, keyId }: Target, origin: string): [name: string, limit: number][] {
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
      const bounds = boundsOf(target, origin);
      if (bounds.some(([name, limit]) => count(name) >= limit)) return undefined;
      for (const [name] of bounds) taken.set(name, count(name) + 1);
      return (durationMs) => {
        for (const [name] of bounds) {
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

const parse = (url: string) => (URL.canParse(url) ? new URL(url) : undefined);

/** Returns scheme, host and port of a URL; '' if it is not valid. */
function originOf(text: string): string {
  const url = parse(text);
  return url ? `${url.protocol}//${hostOf(url)}:${url.port}` : '';
}

/** Returns the registrable domain of a URL, or the address: of IPv6 its /64, which one machine can have as a whole. */
function domainOf(text: string): string {
  const url = parse(text);
  if (!url) return '';
  const host = hostOf(url);
  if (isIPv6(host)) return ipaddr.IPv6.networkAddressFromCIDR(`${host}/64`).toString();
  return getDomain(host, { allowPrivateDomains: true }) ?? host;
}
