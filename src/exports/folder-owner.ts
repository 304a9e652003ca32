import { randomBytes } from 'node:crypto';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Store } from '../db/open.ts';

/** Names the database whose files are in a folder of exports. */
export const OWNER_FILE = '.database';

/** Who owns a folder of exports; `new` is this database, since now. */
export type FolderClaim = 'ours' | 'new' | 'another' | 'nobody';

/**
 * Claims a folder of exports for a database that has files in it. A second database, for instance after a mistyped
 * DATABASE_URL, must not remove the files of the first one.
 */
export async function claimFolder(exportsDir: string, store: Store): Promise<FolderClaim> {
  const path = join(exportsDir, OWNER_FILE);
  const owner = await ownerIn(path);
  if (owner === undefined && !(await store.exportFiles.hasFiles())) return 'nobody';
  const id = (await store.serverSecrets.get('exports-folder', randomBytes(16))).toString('hex');
  if (owner !== undefined) return owner === id ? 'ours' : 'another';
  try {
    await writeFile(path, `${id}\n`, { flag: 'wx', mode: 0o640 });
    return 'new';
  } catch (error) {
    // The folder is not there yet.
    if (isCode(error, 'ENOENT')) return 'nobody';
    // Another process was faster.
    if (isCode(error, 'EEXIST')) return (await ownerIn(path)) === id ? 'ours' : 'another';
    throw error;
  }
}

async function ownerIn(path: string): Promise<string | undefined> {
  try {
    return (await readFile(path, 'utf8')).trim();
  } catch (error) {
    if (isCode(error, 'ENOENT')) return undefined;
    throw error;
  }
}

const isCode = (error: unknown, code: string) =>
  error instanceof Error && 'code' in error && error.code === code;
