import type { HttpBindings } from '@hono/node-server';
import ipaddr from 'ipaddr.js';
import { createClientAddress } from '../client-address.ts';
import { type AuthGuard, createAuthGuard } from './auth-guard.ts';
import { type Counted, createRateLimit, type RateLimit } from './rate-limit.ts';

/** The limits of a configuration; 0 for none. */
export interface LimitSettings {
  trustedProxies: readonly string[];
  /** Requests per minute of one token, admin user or API key. */
  rateLimitCredential: number;
  /** Requests per minute of one client address to what needs no credentials. */
  rateLimitAddress: number;
  /** Failed authentications per minute of one client address, and of one id. */
  authFailureLimit: number;
}

/** The limits of one process, which both APIs and the response cache share. */
export interface RequestLimits {
  credential: RateLimit | undefined;
  address: RateLimit | undefined;
  authGuard: AuthGuard;
  /** Returns the key by which the requests of a client address are counted; undefined without a connection. */
  addressKey(env: Partial<Pick<HttpBindings, 'incoming'>> | undefined): string | undefined;
  /** Counts a request that a cached response answers; undefined without a limit. */
  countHit(
    cached: { limitKey?: string | undefined },
    incoming: HttpBindings['incoming'],
  ): Promise<Counted> | undefined;
}

export function createRequestLimits(settings: LimitSettings): RequestLimits {
  const clientAddress = createClientAddress(settings.trustedProxies);
  const credential = createRateLimit('credential', settings.rateLimitCredential);
  const address = createRateLimit('address', settings.rateLimitAddress);
  const addressKey: RequestLimits['addressKey'] = (env) => {
    const client = env?.incoming && clientAddress(env.incoming);
    return client?.includes(':') ? networkOf(client) : client;
  };
  return {
    credential,
    address,
    authGuard: createAuthGuard(settings.authFailureLimit),
    addressKey,
    countHit({ limitKey }, incoming) {
      if (limitKey !== undefined) return credential?.count(limitKey);
      const key = address && addressKey({ incoming });
      return key === undefined ? undefined : address?.count(key);
    },
  };
}

/** Returns the /64 network of an IPv6 address, because one client has all addresses of its network. */
function networkOf(address: string): string {
  const [plain = ''] = address.split('%');
  return ipaddr.IPv6.isValid(plain) ? ipaddr.IPv6.parse(plain).parts.slice(0, 4).join(':') : address;
}
