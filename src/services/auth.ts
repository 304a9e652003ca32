import { timingSafeEqual } from 'node:crypto';
import type { HttpBindings } from '@hono/node-server';
import type { HonoRequest } from 'hono';
import { createMiddleware } from 'hono/factory';
import type { AccessLevel } from '../db/model/statuses.ts';
import type { AccessQueries } from '../db/queries/credentials.ts';
import { Problem } from '../http/errors.ts';
import { hashSecret } from '../http/secrets.ts';

export interface ServicesEnv {
  /** Empty where no server brought the request. */
  Bindings: Partial<HttpBindings>;
  Variables: {
    requestId: string;
    chain: number;
    /** What the credentials allow in the chain. */
    level: AccessLevel;
    /** Names the token, or the user and the chain of the session, that was used; no secret. */
    credential: string;
    /** Unix milliseconds at which the credentials expire; undefined when they do not. */
    validUntil: number | undefined;
  };
}

export interface AuthDependencies {
  access: AccessQueries;
  /** Unix milliseconds. */
  now(): number;
}

/** The headers of the admin method (contract A1). */
export const ADMIN_HEADERS = {
  userId: 'X-Spaaza-Session-User-Id',
  key: 'X-Spaaza-Session-Key',
  chain: 'X-Spaaza-Session-Chain-Id',
} as const;

/** Every header that a request can prove its chain with, in lower case. */
export const CREDENTIAL_HEADERS = [
  'authorization',
  ...Object.values(ADMIN_HEADERS).map((name) => name.toLowerCase()),
];

/**
 * Lets a request through when it proves its chain by one of the two methods of contract A1, and sets `chain` and `level`.
 * @throws Problem 401 (the same one, whichever part was wrong), 403 without any access, 400 for two methods
 */
export const createAuth = (deps: AuthDependencies) =>
  createMiddleware<ServicesEnv>(async function authenticate(c, next) {
    // An empty header counts as absent (contract A1).
    const bearer = c.req.header('Authorization') || undefined;
    const isAdmin = Object.values(ADMIN_HEADERS).some((name) => c.req.header(name));
    if (bearer !== undefined && isAdmin) {
      throw new Problem(
        'invalid_parameters',
        'Authenticate either with Authorization or with the X-Spaaza-Session headers, not with both.',
      );
    }
    const { chain, level, credential, validUntil } = isAdmin
      ? await chainOfSession(c.req, deps)
      : await chainOfToken(bearer ?? '', deps);
    c.set('chain', chain);
    c.set('level', level);
    c.set('credential', credential);
    c.set('validUntil', validUntil ?? undefined);
    await next();
  });

/** Lets an authenticated request through whose credentials allow WRITE. @throws Problem 403 */
export const needsWrite = createMiddleware<ServicesEnv>(async function needsWrite(c, next) {
  if (c.get('level') !== 'WRITE') {
    throw new Problem('forbidden', `This session has no WRITE access to chain ${c.get('chain')}.`);
  }
  await next();
});

interface Authenticated {
  chain: number;
  level: AccessLevel;
  credential: string;
  validUntil: number | null;
}

async function chainOfToken(header: string, { access, now }: AuthDependencies): Promise<Authenticated> {
  const credentials = /^Bearer +([^\s:]+):(\S+)$/i.exec(header);
  if (!credentials) throw unauthenticated();
  const [, id = '', secret = ''] = credentials;
  const token = await access.findToken(id);
  // An unknown id costs the same comparison as a wrong secret.
  const matches = isSecret(secret, token?.secretHash ?? NO_HASH);
  if (!token || !matches || !isLive(token, now())) throw unauthenticated();
  return {
    chain: token.chain,
    level: 'WRITE',
    credential: `services token ${token.id}`,
    validUntil: token.expiresAt,
  };
}

async function chainOfSession(
  request: HonoRequest,
  { access, now }: AuthDependencies,
): Promise<Authenticated> {
  const userId = integer(request.header(ADMIN_HEADERS.userId));
  const chain = integer(request.header(ADMIN_HEADERS.chain));
  const key = request.header(ADMIN_HEADERS.key);
  if (userId === undefined || chain === undefined || !key) throw unauthenticated();
  const session = await access.findSession(hashSecret(key));
  const matches = isSecret(key, session?.keyHash ?? NO_HASH);
  if (!session || !matches || session.userId !== userId || !isLive(session, now())) throw unauthenticated();
  const level = await access.findLevel(userId, chain);
  if (level === undefined) {
    throw new Problem(
      'forbidden',
      `User ${userId} has no READ access to chain ${chain}, or there is no such chain.`,
    );
  }
  return {
    chain,
    level,
    // Of the user, so that a retry after a new login meets the key of the first request.
    credential: `services user ${userId} ${chain}`,
    validUntil: session.expiresAt,
  };
}

const NO_HASH = Buffer.alloc(32);

const isSecret = (secret: string, hash: Buffer) => timingSafeEqual(hashSecret(secret), hash);

const isLive = (credential: { expiresAt: number | null; revokedAt: number | null }, now: number) =>
  credential.revokedAt === null && (credential.expiresAt === null || now < credential.expiresAt);

const integer = (text: string | undefined) =>
  text !== undefined && /^\d+$/.test(text) && Number.isSafeInteger(Number(text)) ? Number(text) : undefined;

const unauthenticated = () =>
  new Problem(
    'unauthenticated',
    'No valid authentication was provided: send a valid access token or a valid admin session.',
    { 'WWW-Authenticate': 'Bearer realm="services"' },
  );
