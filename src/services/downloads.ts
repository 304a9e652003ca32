/** Signed URLs, by which anyone who has one may fetch one file for an hour (contract A4). */
import { createHmac, timingSafeEqual } from 'node:crypto';

export interface DownloadSigner {
  /** The path and query of a file's URL. @param now Unix milliseconds */
  sign(task: number, name: string, now: number): string;
  /** Whether a URL was signed with our key, and still counts. All but `now` are as the request has them. */
  verify(signed: { id: string; name: string; expires: string; signature: string }, now: number): boolean;
}

/** How long a URL counts, in seconds. */
const LIFE = 3600;

/** @param key signs: an HMAC-SHA256 over the path and the Unix second at which the URL ends */
export function createDownloadSigner(key: Buffer): DownloadSigner {
  const signatureOf = (path: string, expires: string) =>
    createHmac('sha256', key).update(`${path}\n${expires}`).digest('base64url');
  return {
    sign(task, name, now) {
      const path = pathOf(String(task), name);
      const expires = String(Math.floor(now / 1000) + LIFE);
      return `${path}?expires=${expires}&signature=${signatureOf(path, expires)}`;
    },
    verify({ id, name, expires, signature }, now) {
      const [given, right] = [Buffer.from(signature), Buffer.from(signatureOf(pathOf(id, name), expires))];
      const isOurs = given.length === right.length && timingSafeEqual(given, right);
      return isOurs && now < Number(expires) * 1000;
    },
  };
}

const pathOf = (id: string, name: string) => `/downloads/${id}/${encodeURIComponent(name)}`;
