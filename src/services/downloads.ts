/** Signed URLs: anyone who has one may fetch one file for an hour (contract A4). */
import { createHmac, timingSafeEqual } from 'node:crypto';
import type { StoredFile } from '../db/queries/services-task-lifecycle.ts';

export interface DownloadSigner {
  /**
   * Returns the path and query of a URL that is valid for one file of one run, and for no other file of its task.
   * @param name the name to save the file under
   * @param now Unix milliseconds
   */
  sign(task: number, name: string, file: StoredFile, now: number): string;
  /** True if a URL was signed with our key for this file and has not expired. @param now Unix milliseconds */
  verify(url: SignedUrl, file: StoredFile, now: number): boolean;
}

/** The parts of a download URL, as the client sent them. */
export interface SignedUrl {
  id: string;
  name: string;
  expires: string;
  signature: string;
}

const LIFETIME_SECONDS = 3600;

/**
 * Creates a signer. The signature is an HMAC-SHA256 over the path of the URL, the Unix second at which it expires, the
 * chain, and the stored path of the file, which no other run shares.
 */
export function createDownloadSigner(key: Buffer): DownloadSigner {
  const signatureOf = (path: string, expires: string, { chain, path: storedPath }: StoredFile) =>
    createHmac('sha256', key)
      .update(JSON.stringify([path, expires, chain, storedPath]))
      .digest('base64url');
  return {
    sign(task, name, file, now) {
      const path = pathOf(String(task), name);
      const expires = String(Math.floor(now / 1000) + LIFETIME_SECONDS);
      return `${path}?expires=${expires}&signature=${signatureOf(path, expires, file)}`;
    },
    verify({ id, name, expires, signature }, file, now) {
      const expected = Buffer.from(signatureOf(pathOf(id, name), expires, file));
      const given = Buffer.from(signature);
      const isOurs = given.length === expected.length && timingSafeEqual(given, expected);
      return isOurs && now < Number(expires) * 1000;
    },
  };
}

const pathOf = (id: string, name: string) => `/downloads/${id}/${encodeURIComponent(name)}`;
