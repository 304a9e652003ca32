import { timingSafeEqual } from 'node:crypto';
import type { HonoRequest } from 'hono';
import { createMiddleware } from 'hono/factory';
import type { AccessQueries } from '../db/queries/access.ts';
import type { AccessLevel } from '../db/schema.ts';
import { Problem } from '../http/errors.ts';
import { hashSecret } from '../http/secrets.ts';

export interface ServicesEnv {
  Variables: {
    requestId: string;
    chain: number;
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
 * Lets a request through when it proves its chain by one of the two methods of contract A1, and sets `chain`.
 * @throws Problem 401 (the same one, whichever part was wrong), 403 without the `needed` level, 400 for two methods
 */
export const createAuth = (deps: AuthDependencies, needed: AccessLevel) =>
  createMiddleware<ServicesEnv>(async function authenticate(c, next) {
    const bearer = c.req.header('Authorization');
    const isAdmin = Object.values(ADMIN_HEADERS).some((name) => c.req.header(name) !== undefined);
    if (bearer !== undefined && isAdmin) {
      throw new Problem(
        'invalid_parameters',
        'Authenticate either with Authorization or with the X-Spaaza-Session headers, not with both.',
      );
    }
    const { chain, validUntil } = isAdmin
      ? await chainOfSession(c.req, deps, needed)
      : await chainOfToken(bearer ?? '', deps);
    c.set('chain', chain);
    c.set('validUntil', validUntil ?? undefined);
    await next();
  });

interface Authenticated {
  chain: number;
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
  return { chain: token.chain, validUntil: token.expiresAt };
}

async function chainOfSession(
  request: HonoRequest,
  { access, now }: AuthDependencies,
  needed: AccessLevel,
): Promise<Authenticated> {
  const userId = integer(request.header(ADMIN_HEADERS.userId));
  const chain = integer(request.header(ADMIN_HEADERS.chain));
  const key = request.header(ADMIN_HEADERS.key);
  if (userId === undefined || chain === undefined || !key) throw unauthenticated();
  const session = await access.findSession(hashSecret(key));
  const matches = isSecret(key, session?.keyHash ?? NO_HASH);
  if (!session || !matches || session.userId !== userId || !isLive(session, now())) throw unauthenticated();
  const level = await access.levelOf(userId, chain);
  if (level !== 'WRITE' && level !== needed) {
    throw new Problem(
      'forbidden',
      `User ${userId} has no ${needed} access to chain ${chain}, or there is no such chain.`,
    );
  }
  return { chain, validUntil: session.expiresAt };
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
