import { monotonicFactory } from 'ulid';

/** The random bytes fetched at once. One call per byte, which is one character of a ULID, would be slow. */
const POOL_BYTES = 1024;

/** Returns a function that creates ULIDs, each greater than the last. @param randomBytes a secure source */
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
