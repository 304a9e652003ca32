import { and, asc, eq, sql } from 'drizzle-orm';
import type { AccessQueries } from '../queries/credentials.ts';
import type { AccessToken, AdminAccess, AdminSession } from '../rows.ts';
import type { SqliteConnection } from './connection.ts';
import { accessTokens, adminAccess, adminSessions } from './schema.ts';
import type { Write } from './write-queue.ts';
import type { WriteTransaction } from './write-transaction.ts';

/** Inserts credentials in the caller's transaction. They return false if the id or key is taken. */
export interface CredentialInserts {
  token(transaction: WriteTransaction, token: Omit<AccessToken, 'revokedAt'>): boolean;
  session(transaction: WriteTransaction, session: Omit<AdminSession, 'revokedAt'>): boolean;
  /** Sets the user's access level in a chain. */
  grant(transaction: WriteTransaction, access: AdminAccess): void;
}

export function createAccessQueries(
  db: SqliteConnection,
  write: Write,
): AccessQueries & { inserts: CredentialInserts } {
  const { $client: sqlite } = db;
  const tokenById = db
    .select()
    .from(accessTokens)
    .where(eq(accessTokens.id, sql.placeholder('id')))
    .prepare();
  const sessionByKey = db
    .select()
    .from(adminSessions)
    .where(eq(adminSessions.keyHash, sql.placeholder('keyHash')))
    .prepare();
  const level = db
    .select({ level: adminAccess.level })
    .from(adminAccess)
    .where(
      and(eq(adminAccess.userId, sql.placeholder('userId')), eq(adminAccess.chain, sql.placeholder('chain'))),
    )
    .prepare();
  const chains = db
    .select({ chain: adminAccess.chain, level: adminAccess.level })
    .from(adminAccess)
    .where(eq(adminAccess.userId, sql.placeholder('userId')))
    .orderBy(asc(adminAccess.chain))
    .prepare();

  /** Prepares a statement that changes credentials. @returns a function that runs it, and returns true if it changed a row */
  function prepareChange<Values extends unknown[]>(statement: string) {
    const prepared = sqlite.prepare<Values>(statement);
    return ({ changes }: WriteTransaction, ...values: Values): boolean => {
      const isChanged = prepared.run(...values).changes === 1;
      if (isChanged) changes.addScope('access');
      return isChanged;
    };
  }
  const tokenInsertion = prepareChange<[string, Buffer, number, string, number, number | null]>(
    `INSERT INTO access_tokens (id, secret_hash, chain, label, created_at, expires_at)
     VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING`,
  );
  const sessionInsertion = prepareChange<[string, number, Buffer, number, number | null]>(
    `INSERT INTO admin_sessions (id, user_id, key_hash, created_at, expires_at)
     VALUES (?, ?, ?, ?, ?) ON CONFLICT DO NOTHING`,
  );
  const grantUpsert = prepareChange<[number, number, string]>(
    `INSERT INTO admin_access (user_id, chain, level) VALUES (?, ?, ?)
     ON CONFLICT (user_id, chain) DO UPDATE SET level = excluded.level`,
  );
  const tokenRemoval = prepareChange<[string]>('DELETE FROM access_tokens WHERE id = ?');
  const sessionRemoval = prepareChange<[string]>('DELETE FROM admin_sessions WHERE id = ?');
  const tokenRevocation = prepareChange<[number, string]>(
    'UPDATE access_tokens SET revoked_at = ? WHERE id = ? AND revoked_at IS NULL',
  );
  const sessionRevocation = prepareChange<[number, string]>(
    'UPDATE admin_sessions SET revoked_at = ? WHERE id = ? AND revoked_at IS NULL',
  );
  const grantRemoval = prepareChange<[number, number]>(
    'DELETE FROM admin_access WHERE user_id = ? AND chain = ?',
  );

  const inserts: CredentialInserts = {
    token: (transaction, { id, secretHash, chain, label, createdAt, expiresAt }) =>
      tokenInsertion(transaction, id, secretHash, chain, label, createdAt, expiresAt),
    session: (transaction, { id, userId, keyHash, createdAt, expiresAt }) =>
      sessionInsertion(transaction, id, userId, keyHash, createdAt, expiresAt),
    grant(transaction, { userId, chain, level }) {
      grantUpsert(transaction, userId, chain, level);
    },
  };

  return {
    inserts,
    async findToken(id) {
      return tokenById.get({ id });
    },
    async findSession(keyHash) {
      return sessionByKey.get({ keyHash });
    },
    async findLevel(userId, chain) {
      return level.get({ userId, chain })?.level;
    },
    async listChains(userId) {
      return chains.all({ userId });
    },

    addToken: (token) => write((transaction) => inserts.token(transaction, token)),
    async removeToken(id) {
      await write((transaction) => tokenRemoval(transaction, id));
    },
    async listTokens() {
      return db.select().from(accessTokens).orderBy(asc(accessTokens.createdAt), asc(accessTokens.id)).all();
    },
    revokeToken: (id, now) => write((transaction) => tokenRevocation(transaction, now, id)),

    addSession: (session) => write((transaction) => inserts.session(transaction, session)),
    async removeSession(id) {
      await write((transaction) => sessionRemoval(transaction, id));
    },
    async listSessions() {
      return db
        .select()
        .from(adminSessions)
        .orderBy(asc(adminSessions.createdAt), asc(adminSessions.id))
        .all();
    },
    revokeSession: (id, now) => write((transaction) => sessionRevocation(transaction, now, id)),

    grant: (access) => write((transaction) => inserts.grant(transaction, access)),
    async listGrants() {
      return db.select().from(adminAccess).orderBy(asc(adminAccess.userId), asc(adminAccess.chain)).all();
    },
    revokeGrant: (userId, chain) => write((transaction) => grantRemoval(transaction, userId, chain)),
  };
}
