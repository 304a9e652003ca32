import type { AccessLevel } from '../model/statuses.ts';
import type { AccessQueries } from '../queries/credentials.ts';
import type { AccessToken, AdminAccess, AdminSession } from '../rows.ts';
import type { Pool } from './connection.ts';
import { accessTokens, adminAccess, adminSessions } from './schema.ts';
import { columnsOf, type Statement, statement, writtenColumns } from './statements.ts';
import type { Write, WriteTransaction } from './transactions.ts';

type NewToken = Omit<AccessToken, 'revokedAt'>;
type NewSession = Omit<AdminSession, 'revokedAt'>;

const token = { columns: columnsOf(accessTokens), written: writtenColumns(accessTokens, ['revokedAt']) };
const session = { columns: columnsOf(adminSessions), written: writtenColumns(adminSessions, ['revokedAt']) };

const tokenById = statement<{ id: string }, AccessToken>(
  'find-token',
  `SELECT ${token.columns} FROM access_tokens WHERE id = :id`,
);
const sessionByKey = statement<{ keyHash: Buffer }, AdminSession>(
  'find-session',
  `SELECT ${session.columns} FROM admin_sessions WHERE key_hash = :keyHash`,
);
const levelOf = statement<Pick<AdminAccess, 'userId' | 'chain'>, { level: AccessLevel }>(
  'find-access-level',
  'SELECT level FROM admin_access WHERE user_id = :userId AND chain = :chain',
);
const chainsOf = statement<Pick<AdminAccess, 'userId'>, Pick<AdminAccess, 'chain' | 'level'>>(
  'list-chains-of-user',
  'SELECT chain, level FROM admin_access WHERE user_id = :userId ORDER BY chain',
);
const allTokens = statement<object, AccessToken>(
  'list-tokens',
  `SELECT ${token.columns} FROM access_tokens ORDER BY created_at, id COLLATE "C"`,
);
const allSessions = statement<object, AdminSession>(
  'list-sessions',
  `SELECT ${session.columns} FROM admin_sessions ORDER BY created_at, id COLLATE "C"`,
);
const allGrants = statement<object, AdminAccess>(
  'list-grants',
  `SELECT ${columnsOf(adminAccess)} FROM admin_access ORDER BY user_id, chain`,
);

const tokenInsertion = statement<NewToken>(
  'insert-token',
  `INSERT INTO access_tokens (${token.written.names}) VALUES (${token.written.values}) ON CONFLICT DO NOTHING`,
);
const sessionInsertion = statement<NewSession>(
  'insert-session',
  `INSERT INTO admin_sessions (${session.written.names}) VALUES (${session.written.values}) ON CONFLICT DO NOTHING`,
);
const grantUpsert = statement<AdminAccess>(
  'upsert-grant',
  `INSERT INTO admin_access (user_id, chain, level) VALUES (:userId, :chain, :level)
   ON CONFLICT (user_id, chain) DO UPDATE SET level = excluded.level`,
);
const tokenRemoval = statement<{ id: string }>('remove-token', 'DELETE FROM access_tokens WHERE id = :id');
const sessionRemoval = statement<{ id: string }>(
  'remove-session',
  'DELETE FROM admin_sessions WHERE id = :id',
);
const tokenRevocation = statement<{ id: string; now: number }>(
  'revoke-token',
  'UPDATE access_tokens SET revoked_at = :now WHERE id = :id AND revoked_at IS NULL',
);
const sessionRevocation = statement<{ id: string; now: number }>(
  'revoke-session',
  'UPDATE admin_sessions SET revoked_at = :now WHERE id = :id AND revoked_at IS NULL',
);
const grantRemoval = statement<Pick<AdminAccess, 'userId' | 'chain'>>(
  'remove-grant',
  'DELETE FROM admin_access WHERE user_id = :userId AND chain = :chain',
);

/** Runs a statement that changes credentials. @returns true if it changed a row */
async function change<Values extends object>(
  transaction: WriteTransaction,
  changing: Statement<Values, unknown>,
  values: Values,
): Promise<boolean> {
  const isChanged = (await transaction.run(changing, values)) === 1;
  if (isChanged) transaction.changes.addScope('access');
  return isChanged;
}

/** Inserts a token in the caller's transaction. @returns false if the id is taken */
export const insertToken = (transaction: WriteTransaction, values: NewToken): Promise<boolean> =>
  change(transaction, tokenInsertion, values);

/** Inserts a session in the caller's transaction. @returns false if the id or the key is taken */
export const insertSession = (transaction: WriteTransaction, values: NewSession): Promise<boolean> =>
  change(transaction, sessionInsertion, values);

/** Sets the user's access level in a chain, in the caller's transaction. */
export async function upsertGrant(transaction: WriteTransaction, values: AdminAccess): Promise<void> {
  await change(transaction, grantUpsert, values);
}

export function createAccessQueries(pool: Pool, write: Write): AccessQueries {
  return {
    findToken: (id) => pool.first(tokenById, { id }),
    findSession: (keyHash) => pool.first(sessionByKey, { keyHash }),
    findLevel: async (userId, chain) => (await pool.first(levelOf, { userId, chain }))?.level,
    listChains: (userId) => pool.all(chainsOf, { userId }),

    addToken: (values) => write((transaction) => insertToken(transaction, values)),
    async removeToken(id) {
      await write((transaction) => change(transaction, tokenRemoval, { id }));
    },
    listTokens: () => pool.all(allTokens, {}),
    revokeToken: (id, now) => write((transaction) => change(transaction, tokenRevocation, { id, now })),

    addSession: (values) => write((transaction) => insertSession(transaction, values)),
    async removeSession(id) {
      await write((transaction) => change(transaction, sessionRemoval, { id }));
    },
    listSessions: () => pool.all(allSessions, {}),
    revokeSession: (id, now) => write((transaction) => change(transaction, sessionRevocation, { id, now })),

    grant: (values) => write((transaction) => upsertGrant(transaction, values)),
    listGrants: () => pool.all(allGrants, {}),
    revokeGrant: (userId, chain) =>
      write((transaction) => change(transaction, grantRemoval, { userId, chain })),
  };
}
