import { monotonicFactory } from 'ulid';

/** One byte decides one character of a ULID; a call of the system for each byte costs more than the rest of the ULID. */
const POOL_BYTES = 1024;

/** Returns a function that makes ULIDs, each greater than the one before. @param randomBytes a secure source */
export function createUlids(randomBytes: (count: number) => Uint8Array): (time: number) => string {
  let pool: Uint8Array = new Uint8Array();
  let used = 0;
  return monotonicFactory(() => {
    if (used === pool.length) {
      pool = randomBytes(POOL_BYTES);
      used = 0;
    }
    const byte = pool[used] ?? 0;
    used += 1;
    return byte / 256;
  });
}
