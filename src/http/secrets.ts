import { createHash } from 'node:crypto';

/** The stored form of a token's secret, a session's key or an API key: its SHA-256. */
export function hashSecret(secret: string): Buffer {
  return createHash('sha256').update(secret).digest();
}
