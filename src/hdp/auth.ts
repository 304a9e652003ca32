import { createMiddleware } from 'hono/factory';
import type { KeyRole } from '../db/model/statuses.ts';
import type { ApiKeyQueries } from '../db/queries/credentials.ts';
import { ApiError } from '../http/errors.ts';
import { hashSecret } from '../http/secrets.ts';

export interface HdpEnv {
  Variables: {
    requestId: string;
    /** The id of the API key of the request. */
    keyId: string;
  };
}

/** The header that carries an API key (contract B1). */
export const KEY_HEADER = 'X-API-KEY';

/**
 * Creates middleware that requires an API key with a role and sets `keyId`.
 * @throws ApiError 401 for a missing or invalid key, 403 for a key with another role
 */
export const createKeyAuth = (findKey: ApiKeyQueries['find'], role: KeyRole) =>
  createMiddleware<HdpEnv>(async function authenticate(c, next) {
    const sent = c.req.header(KEY_HEADER);
    if (!sent) throw unauthenticated('Missing');
    const key = await findKey(hashSecret(sent));
    if (!key || key.revokedAt !== null) {
      throw unauthenticated('Invalid');
    }
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
