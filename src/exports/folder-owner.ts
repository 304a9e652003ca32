import { randomBytes } from 'node:crypto';
import { link, mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Store } from '../db/open.ts';
import { FOLDER_MODE } from '../lib/file-permissions.ts';

/** Names the database whose files are in a folder of exports. */
export const OWNER_FILE = '.database';

/** Who owns a folder of exports. */
export type FolderClaim = 'ours' | 'another' | 'nobody';

const ID_BYTES = 16;

/** An id of which the disk was full, or the process killed, before all of it was written. */
const UNFINISHED_ID = new RegExp(`^[0-9a-f]{0,${2 * ID_BYTES - 1}}$`);

/**
 * Claims a folder of exports for a database that has files in it or is about to export into it. A second database, for
 * instance after a mistyped DATABASE_URL, must neither remove the files of the first one nor have its own removed.
 * @param isExporting if true, the folder is created and claimed although the database has no files yet
 */
export async function claimFolder(
  exportsDir: string,
  store: Store,
  { isExporting }: { isExporting: boolean },
): Promise<FolderClaim> {
  const id = (await store.serverSecrets.findOrInsert('exports-folder', randomBytes(ID_BYTES))).toString(
    'hex',
  );
  const owner = await ownerOf(exportsDir);
  if (owner !== undefined) return owner === id ? 'ours' : 'another';
  if (isExporting) await mkdir(exportsDir, { recursive: true, mode: FOLDER_MODE });
  else if (!(await store.exportFiles.hasFiles())) return 'nobody';
  try {
    await writeOwner(exportsDir, id);
  } catch (error) {
    // The folder is not there yet.
    if (isCode(error, 'ENOENT')) return 'nobody';
    throw error;
  }
  // Another process may have been faster.
  return (await ownerOf(exportsDir)) === id ? 'ours' : 'another';
}

/** Returns the id of the database that owns a folder of exports; undefined if none does. */
export async function ownerOf(exportsDir: string): Promise<string | undefined> {
  try {
    const id = (await readFile(join(exportsDir, OWNER_FILE), 'utf8')).trim();
    return UNFINISHED_ID.test(id) ? undefined : id;
  } catch (error) {
    if (isCode(error, 'ENOENT')) return undefined;
    throw error;
  }
}

/** Writes the id whole or not at all, and replaces nothing but an unfinished one. */
async function writeOwner(exportsDir: string, id: string): Promise<void> {
  const path = join(exportsDir, OWNER_FILE);
  const unfinished = `${path}-${randomBytes(8).toString('hex')}`;
  try {
    await writeFile(unfinished, `${id}\n`, { flag: 'wx', mode: 0o640, flush: true });
    await link(unfinished, path).catch(async (error: unknown) => {
      const isTaken = isCode(error, 'EEXIST') && (await ownerOf(exportsDir)) !== undefined;
      // Some file systems have no links.
      if (!isTaken) await rename(unfinished, path);
    });
  } finally {
    await rm(unfinished, { force: true });
  }
}

const isCode = (error: unknown, code: string) =>
  error instanceof Error && 'code' in error && error.code === code;
