/** Secrets of tokens, sessions and API keys. Only their hashes are stored. */
import { createHash, timingSafeEqual } from 'node:crypto';

/** Returns the SHA-256 of a secret, which is its stored form. */
export function hashSecret(secret: string): Buffer {
  return createHash('sha256').update(secret).digest();
}

/** Returns true if a hash is that of a secret. Takes the same time for every hash. */
export const matchesSecret = (secret: string, hash: Buffer) => timingSafeEqual(hashSecret(secret), hash);
