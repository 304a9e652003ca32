import { createRequestLimits, type LimitSettings } from '../../src/http/limits/request-limits.ts';

/** Creates limits of requests; none by default. */
export const testLimits = (settings: Partial<LimitSettings> = {}) =>
  createRequestLimits({
    trustedProxies: [],
    rateLimitCredential: 0,
    rateLimitAddress: 0,
    authFailureLimit: 0,
    ...settings,
  });
