/**
 * `GET /session`: describes the credentials of a request, and lists the supported actions. The pages read it when a person
 * signs in.
 */
import { z } from 'zod';
import type { AccessQueries } from '../db/queries/credentials.ts';
import { formatSeconds } from '../time.ts';
import type { Identity } from './auth.ts';
import { accessLevel, id, time } from './schema.ts';

const chainAccess = z.strictObject({ chain: id, level: accessLevel }).meta({ id: 'ChainAccess' });

export const session = z
  .strictObject({
    method: z.enum(['token', 'admin']),
    token_id: z.string().nullable().meta({ description: 'The id of the access token; null for an admin.' }),
    user_id: z
      .int()
      .min(0)
      .nullable()
      .meta({ description: 'The user of the admin session; null for a token.' }),
    chain: id.meta({ description: 'The chain of this request.' }),
    level: accessLevel,
    valid_until: time.nullable().meta({ description: 'When the credentials expire; null if they do not.' }),
    chains: z
      .array(chainAccess)
      .meta({ description: 'All chains that the credentials give access to, sorted by chain.' }),
    actions: z.array(z.string()).meta({
      description:
        'The actions that the runner supports. A task with another target.action cannot be executed.',
    }),
  })
  .meta({ id: 'Session' });

export type Session = z.infer<typeof session>;

interface Authenticated {
  identity: Identity;
  chain: number;
  level: Session['level'];
  /** Unix milliseconds. */
  validUntil: number | undefined;
}

/**
 * Describes authenticated credentials, without a secret. The chains are those of the same user alone.
 * @param actions the actions that the runner supports
 */
export async function describeSession(
  { identity, chain, level, validUntil }: Authenticated,
  access: Pick<AccessQueries, 'listChains'>,
  actions: readonly string[],
): Promise<Session> {
  const isAdmin = identity.method === 'admin';
  return {
    method: identity.method,
    token_id: isAdmin ? null : identity.tokenId,
    user_id: isAdmin ? identity.userId : null,
    chain,
    level,
    valid_until: validUntil === undefined ? null : formatSeconds(Math.floor(validUntil / 1000)),
    chains: isAdmin ? await access.listChains(identity.userId) : [{ chain, level }],
    actions: [...actions],
  };
}
