import type { AccessLevel } from '../model/statuses.ts';
import type { AccessToken, AdminAccess, AdminSession, ApiKey } from '../rows.ts';

/** Credentials of the Services API (contract A1). Secrets are hashed; times are Unix milliseconds. */
export interface AccessQueries {
  findToken(id: string): Promise<AccessToken | undefined>;
  findSession(keyHash: Buffer): Promise<AdminSession | undefined>;
  /** Returns the access level of a user in a chain; undefined without a grant. */
  findLevel(userId: number, chain: number): Promise<AccessLevel | undefined>;
  /** Returns the chains that a user has access to, sorted by chain. */
  listChains(userId: number): Promise<Pick<AdminAccess, 'chain' | 'level'>[]>;

  /** @returns false, with nothing written, if the id is taken */
  addToken(token: Omit<AccessToken, 'revokedAt'>): Promise<boolean>;
  /** Deletes a token that was not handed out. */
  removeToken(id: string): Promise<void>;
  listTokens(): Promise<AccessToken[]>;
  /** @returns false if the token does not exist or is revoked already */
  revokeToken(id: string, now: number): Promise<boolean>;

  /** @returns false, with nothing written, if the id or the key is taken */
  addSession(session: Omit<AdminSession, 'revokedAt'>): Promise<boolean>;
  /** Deletes a session that was not handed out. */
  removeSession(id: string): Promise<void>;
  listSessions(): Promise<AdminSession[]>;
  /** @returns false if the session does not exist or is revoked already */
  revokeSession(id: string, now: number): Promise<boolean>;

  /** Sets the user's access level in a chain. */
  grant(access: AdminAccess): Promise<void>;
  listGrants(): Promise<AdminAccess[]>;
  /** @returns false if there is no grant */
  revokeGrant(userId: number, chain: number): Promise<boolean>;
}

/** API keys, which permit writes in the HDP API (contract B1). Keys are hashed; times are Unix milliseconds. */
export interface ApiKeyQueries {
  /** Returns the key with a hash, revoked or not. */
  find(keyHash: Buffer): Promise<ApiKey | undefined>;
  /** @returns false, with nothing written, if the id or the key is taken */
  add(key: Omit<ApiKey, 'revokedAt'>): Promise<boolean>;
  /** Deletes a key that was not handed out. */
  remove(id: string): Promise<void>;
  list(): Promise<ApiKey[]>;
  /** @returns false if the key does not exist or is revoked already */
  revoke(id: string, now: number): Promise<boolean>;
}

/** Secrets that the server generates. All processes that share the database use the same ones. */
export interface ServerSecretQueries {
  /** Returns the stored secret with a name. If there is none, it stores and returns `newSecret`. */
  findOrInsert(name: string, newSecret: Buffer): Promise<Buffer>;
}
