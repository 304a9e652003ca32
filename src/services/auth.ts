import type { HttpBindings } from '@hono/node-server';
import type { HonoRequest } from 'hono';
import { createMiddleware } from 'hono/factory';
import type { AccessLevel } from '../db/model/statuses.ts';
import type { AccessQueries } from '../db/queries/credentials.ts';
import { ApiError } from '../http/errors.ts';
import { createRateLimiting } from '../http/limits/rate-limit.ts';
import type { RequestLimits } from '../http/limits/request-limits.ts';
import { hashSecret, matchesSecret } from '../http/secrets.ts';
import { ADMIN_HEADERS } from './credential-headers.ts';

export interface ServicesEnv {
  /** Empty for a request without a connection. */
  Bindings: Partial<HttpBindings>;
  Variables: {
    requestId: string;
    chain: number;
    /** The access level of the credentials for the chain. */
    level: AccessLevel;
    identity: Identity;
    /** Identifies the token, or the user and the chain of the session, without a secret. */
    credential: string;
    /** Unix milliseconds at which the credentials expire; undefined when they do not. */
    validUntil: number | undefined;
  };
}

/** Whose credentials a request has. */
export type Identity = { method: 'token'; tokenId: string } | { method: 'admin'; userId: number };

export interface AuthDependencies {
  access: AccessQueries;
  limits: RequestLimits;
  /** Unix milliseconds. */
  now(): number;
}

/**
 * Creates middleware that authenticates a request by one of the two methods of contract A1 and sets the variables.
 * @throws ApiError 401 for invalid credentials, 403 without access to the chain, 400 for two methods, 429 after too many failures
 */
export const createAuth = (deps: AuthDependencies) =>
  createMiddleware<ServicesEnv>(async function authenticate(c, next) {
    // An empty header counts as absent (contract A1).
    const bearer = c.req.header('Authorization') || undefined;
    const isAdmin = Object.values(ADMIN_HEADERS).some((name) => c.req.header(name));
    if (bearer !== undefined && isAdmin) {
      throw new ApiError(
        'invalid_parameters',
        'Authenticate either with Authorization or with the X-Spaaza-Session headers, not with both.',
      );
    }
    const address = deps.limits.addressKey(c.env);
    const { identity, chain, level, credential, validUntil } = isAdmin
      ? await authenticateSession(c.req, address, deps)
      : await authenticateToken(bearer ?? '', address, deps);
    c.set('identity', identity);
    c.set('chain', chain);
    c.set('level', level);
    c.set('credential', credential);
    c.set('validUntil', validUntil ?? undefined);
    await next();
  });

/** Counts the requests of a token or of a user. */
export const createIdentityLimiting = (limits: RequestLimits) =>
  createRateLimiting<ServicesEnv>(limits.credential, (c) => limitKey(c.get('identity')));

/** Returns the key by which the requests of an identity are counted. */
export const limitKey = (identity: Identity) =>
  identity.method === 'token' ? `token ${identity.tokenId}` : `user ${identity.userId}`;

/** Requires credentials with WRITE access. @throws ApiError 403 */
export const requireWrite = createMiddleware<ServicesEnv>(async function requireWrite(c, next) {
  if (c.get('level') !== 'WRITE') {
    throw new ApiError('forbidden', `This session has no WRITE access to chain ${c.get('chain')}.`);
  }
  await next();
});

interface Authenticated {
  identity: Identity;
  chain: number;
  level: AccessLevel;
  credential: string;
  validUntil: number | null;
}

async function authenticateToken(
  header: string,
  address: string | undefined,
  { access, limits, now }: AuthDependencies,
): Promise<Authenticated> {
  const credentials = /^Bearer +([^\s:]+):(\S+)$/i.exec(header);
  if (!credentials) throw unauthenticated();
  const [, id = '', secret = ''] = credentials;
  const attempt = { credentials: `${id}:${secret}`, id: `token ${id}`, address };
  const token = await limits.authGuard.verify(attempt, async () => {
    const found = await access.findToken(id);
    // An unknown id must take as long as a wrong secret.
    const isMatch = matchesSecret(secret, found?.secretHash ?? NO_HASH);
    return found && isMatch && isActive(found, now()) ? found : undefined;
  });
  if (!token) throw unauthenticated();
  return {
    identity: { method: 'token', tokenId: token.id },
    chain: token.chain,
    level: 'WRITE',
    credential: `services token ${token.id}`,
    validUntil: token.expiresAt,
  };
}

async function authenticateSession(
  request: HonoRequest,
  address: string | undefined,
  { access, limits, now }: AuthDependencies,
): Promise<Authenticated> {
  const userId = parseId(request.header(ADMIN_HEADERS.userId));
  const chain = parseId(request.header(ADMIN_HEADERS.chain));
  const key = request.header(ADMIN_HEADERS.key);
  if (userId === undefined || chain === undefined || !key) throw unauthenticated();
  const attempt = { credentials: `${userId} ${key}`, id: `user ${userId}`, address };
  const session = await limits.authGuard.verify(attempt, async () => {
    const found = await access.findSession(hashSecret(key));
    const isMatch = matchesSecret(key, found?.keyHash ?? NO_HASH);
    return found && isMatch && found.userId === userId && isActive(found, now()) ? found : undefined;
  });
  if (!session) throw unauthenticated();
  const level = await access.findLevel(userId, chain);
  if (level === undefined) {
    throw new ApiError(
      'forbidden',
      `User ${userId} has no READ access to chain ${chain}, or there is no such chain.`,
    );
  }
  return {
    identity: { method: 'admin', userId },
    chain,
    level,
    // Names the user, not the session, so that idempotency keys stay valid after a new login.
    credential: `services user ${userId} ${chain}`,
    validUntil: session.expiresAt,
  };
}

const NO_HASH = Buffer.alloc(32);

const isActive = (credential: { expiresAt: number | null; revokedAt: number | null }, now: number) =>
  credential.revokedAt === null && (credential.expiresAt === null || now < credential.expiresAt);

const parseId = (text: string | undefined) =>
  text !== undefined && /^\d+$/.test(text) && Number.isSafeInteger(Number(text)) ? Number(text) : undefined;

const unauthenticated = () =>
  new ApiError(
    'unauthenticated',
    'No valid authentication was provided: send a valid access token (Authorization: Bearer ID:SECRET) or a valid admin session.',
    { 'WWW-Authenticate': 'Bearer realm="services"' },
  );
