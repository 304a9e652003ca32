import type { HttpBindings } from '@hono/node-server';
import { createMiddleware } from 'hono/factory';
import type { KeyRole } from '../db/model/statuses.ts';
import type { ApiKeyQueries } from '../db/queries/credentials.ts';
import { ApiError } from '../http/errors.ts';
import type { RequestLimits } from '../http/limits/request-limits.ts';
import { hashSecret } from '../http/secrets.ts';

export interface HdpEnv {
  /** Empty for a request without a connection. */
  Bindings: Partial<HttpBindings>;
  Variables: {
    requestId: string;
    /** The id of the API key of the request. */
    keyId: string;
  };
}

/** The header that carries an API key (contract B1). */
export const KEY_HEADER = 'X-API-KEY';

export interface KeyAuthDependencies {
  findKey: ApiKeyQueries['find'];
  limits: Pick<RequestLimits, 'authGuard' | 'addressKey'>;
}

/**
 * Creates middleware that requires an API key with a role and sets `keyId`.
 * @throws ApiError 401 for a missing or invalid key, 403 for a key with another role, 429 after too many invalid keys
 */
export const createKeyAuth = ({ findKey, limits }: KeyAuthDependencies, role: KeyRole) =>
  createMiddleware<HdpEnv>(async function authenticate(c, next) {
    const sent = c.req.header(KEY_HEADER);
    if (!sent) throw unauthenticated('Missing');
    const attempt = { credentials: sent, id: undefined, address: limits.addressKey(c.env) };
    const key = await limits.authGuard.verify(attempt, async () => {
      const found = await findKey(hashSecret(sent));
      return found?.revokedAt === null ? found : undefined;
    });
    if (!key) throw unauthenticated('Invalid');
    if (key.role !== role) {
      throw new ApiError(
        'forbidden',
        `This request needs the key of a ${role}, but this is the key of a ${key.role}.`,
      );
    }
    c.set('keyId', key.id);
    await next();
  });

const unauthenticated = (fault: 'Missing' | 'Invalid') =>
  new ApiError('unauthenticated', `${fault} Herodotus Cloud ${KEY_HEADER} header`, {
    'WWW-Authenticate': 'ApiKey realm="hdp"',
  });
