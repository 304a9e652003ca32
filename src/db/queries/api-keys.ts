import type { ApiKey } from '../rows.ts';

/** Who may write in the HDP API (contract B1). Keys come in hashed; times are Unix milliseconds. */
export interface ApiKeyQueries {
  /** The key of this hash, revoked or not. */
  find(keyHash: Buffer): Promise<ApiKey | undefined>;
  /** False when the id or the key is taken; then nothing is written. */
  add(key: Omit<ApiKey, 'revokedAt'>): Promise<boolean>;
  /** Deletes a key that nobody has received. */
  remove(id: string): Promise<void>;
  list(): Promise<ApiKey[]>;
  /** False when there is no such key, or it was revoked before. */
  revoke(id: string, now: number): Promise<boolean>;
}
