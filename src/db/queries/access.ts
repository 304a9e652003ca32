import type { AccessLevel } from '../model/statuses.ts';
import type { AccessToken, AdminAccess, AdminSession } from '../rows.ts';

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
