/** Signed download URLs. A URL gives access to one file for one hour, without credentials (contract A4). */
import { createHmac, timingSafeEqual } from 'node:crypto';
import type { StoredFile } from '../db/queries/services-task-lifecycle.ts';

export interface DownloadSigner {
  /**
   * Returns the path and query of a URL for the file of one run. It is not valid for files of other runs of the task.
   * @param name the file name for the client
   * @param now Unix milliseconds
   */
  sign(task: number, name: string, file: StoredFile, now: number): string;
  /** Returns true if the signature of a URL is valid for this file and has not expired. @param now Unix milliseconds */
  verify(url: SignedUrl, file: StoredFile, now: number): boolean;
}

/** The parts of a download URL, as the client sent them. */
export interface SignedUrl {
  id: string;
  name: string;
  expires: string;
  signature: string;
}

const VALIDITY_SECONDS = 3600;

/**
 * Creates a signer. The signature is an HMAC-SHA256 over the URL path, the Unix second of its expiry, the chain, and the
 * stored path of the file. The stored path is different for each run.
 */
export function createDownloadSigner(key: Buffer): DownloadSigner {
  const signatureOf = (path: string, expires: string, { chain, path: storedPath }: StoredFile) =>
    createHmac('sha256', key)
      .update(JSON.stringify([path, expires, chain, storedPath]))
      .digest('base64url');
  return {
    sign(task, name, file, now) {
      const path = pathOf(String(task), name);
      const expires = String(Math.floor(now / 1000) + VALIDITY_SECONDS);
      return `${path}?expires=${expires}&signature=${signatureOf(path, expires, file)}`;
    },
    verify({ id, name, expires, signature }, file, now) {
      const expected = Buffer.from(signatureOf(pathOf(id, name), expires, file));
      const given = Buffer.from(signature);
      const isGenuine = given.length === expected.length && timingSafeEqual(given, expected);
      return isGenuine && now < Number(expires) * 1000;
    },
  };
}

const pathOf = (id: string, name: string) => `/downloads/${id}/${encodeURIComponent(name)}`;
