import { and, asc, eq, isNull, sql } from 'drizzle-orm';
import type { AccessLevel } from '../model/statuses.ts';
import {
  type AccessToken,
  type AdminAccess,
  type AdminSession,
  accessTokens,
  adminAccess,
  adminSessions,
} from './schema.ts';
import type { SqliteConnection } from './store.ts';

/** Who may use the Services API (contract A1). Secrets come in hashed; times are Unix milliseconds. */
export interface AccessQueries {
  findToken(id: string): Promise<AccessToken | undefined>;
  findSession(keyHash: Buffer): Promise<AdminSession | undefined>;
  /** What a user may do in a chain; undefined when nothing was granted. */
  levelOf(userId: number, chain: number): Promise<AccessLevel | undefined>;

  /** False when the id is taken; then nothing is written. */
  addToken(token: Omit<AccessToken, 'revokedAt'>): Promise<boolean>;
  /** Deletes a token that nobody has received. */
  removeToken(id: string): Promise<void>;
  listTokens(): Promise<AccessToken[]>;
  /** False when there is no such token, or it was revoked before. */
  revokeToken(id: string, now: number): Promise<boolean>;

  /** False when the id or the key is taken; then nothing is written. */
  addSession(session: Omit<AdminSession, 'revokedAt'>): Promise<boolean>;
  /** Deletes a session that nobody has received. */
  removeSession(id: string): Promise<void>;
  listSessions(): Promise<AdminSession[]>;
  /** False when there is no such session, or it was revoked before. */
  revokeSession(id: string, now: number): Promise<boolean>;

  /** Sets the user's level in the chain, whatever it was. */
  grant(access: AdminAccess): Promise<void>;
  listGrants(): Promise<AdminAccess[]>;
  /** False when nothing was granted. */
  withdraw(userId: number, chain: number): Promise<boolean>;
}

export function createAccessQueries(db: SqliteConnection): AccessQueries {
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

  return {
    async findToken(id) {
      return tokenById.get({ id });
    },
    async findSession(keyHash) {
      return sessionByKey.get({ keyHash });
    },
    async levelOf(userId, chain) {
      return level.get({ userId, chain })?.level;
    },

    async addToken(token) {
      return db.insert(accessTokens).values(token).onConflictDoNothing().run().changes === 1;
    },
    async removeToken(id) {
      db.delete(accessTokens).where(eq(accessTokens.id, id)).run();
    },
    async listTokens() {
      return db.select().from(accessTokens).orderBy(asc(accessTokens.createdAt), asc(accessTokens.id)).all();
    },
    async revokeToken(id, now) {
      const live = and(eq(accessTokens.id, id), isNull(accessTokens.revokedAt));
      return db.update(accessTokens).set({ revokedAt: now }).where(live).run().changes === 1;
    },

    async addSession(session) {
      return db.insert(adminSessions).values(session).onConflictDoNothing().run().changes === 1;
    },
    async removeSession(id) {
      db.delete(adminSessions).where(eq(adminSessions.id, id)).run();
    },
    async listSessions() {
      return db
        .select()
        .from(adminSessions)
        .orderBy(asc(adminSessions.createdAt), asc(adminSessions.id))
        .all();
    },
    async revokeSession(id, now) {
      const live = and(eq(adminSessions.id, id), isNull(adminSessions.revokedAt));
      return db.update(adminSessions).set({ revokedAt: now }).where(live).run().changes === 1;
    },

    async grant(access) {
      db.insert(adminAccess)
        .values(access)
        .onConflictDoUpdate({ target: [adminAccess.userId, adminAccess.chain], set: { level: access.level } })
        .run();
    },
    async listGrants() {
      return db.select().from(adminAccess).orderBy(asc(adminAccess.userId), asc(adminAccess.chain)).all();
    },
    async withdraw(userId, chain) {
      const granted = and(eq(adminAccess.userId, userId), eq(adminAccess.chain, chain));
      return db.delete(adminAccess).where(granted).run().changes === 1;
    },
  };
}
