import { randomBytes } from 'node:crypto';
import { link, mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Store } from '../db/open.ts';
import { FOLDER_MODE } from '../lib/file-permissions.ts';

/** Contains the id of the database that owns the folder. */
export const OWNER_FILE = '.database';

/** The owner of a folder of exports: this database, another database, or none. */
export type FolderOwner = 'own' | 'foreign' | 'none';

const ID_BYTES = 16;

/** An id that was not written completely, because the disk was full or the process was killed. */
const UNFINISHED_ID = new RegExp(`^[0-9a-f]{0,${2 * ID_BYTES - 1}}$`);

/**
 * Claims a folder of exports for a database that has files in it or is about to export into it. Two databases, for
 * example because of a wrong DATABASE_URL, must not remove each other's files.
 * @param isExporting if true, the folder is created and claimed even if the database has no files yet
 */
export async function claimFolder(
  exportsDir: string,
  store: Store,
  { isExporting }: { isExporting: boolean },
): Promise<FolderOwner> {
  const id = (await store.serverSecrets.findOrInsert('exports-folder', randomBytes(ID_BYTES))).toString(
    'hex',
  );
  const owner = await ownerOf(exportsDir);
  if (owner !== undefined) return owner === id ? 'own' : 'foreign';
  if (isExporting) await mkdir(exportsDir, { recursive: true, mode: FOLDER_MODE });
  else if (!(await store.exportFiles.hasFiles())) return 'none';
  try {
    await writeOwner(exportsDir, id);
  } catch (error) {
    // The folder does not exist yet.
    if (isCode(error, 'ENOENT')) return 'none';
    throw error;
  }
  // A process of another database may have been faster.
  return (await ownerOf(exportsDir)) === id ? 'own' : 'foreign';
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

/** Writes the id atomically. It replaces only an incomplete id. */
async function writeOwner(exportsDir: string, id: string): Promise<void> {
  const path = join(exportsDir, OWNER_FILE);
  const unfinished = `${path}-${randomBytes(8).toString('hex')}`;
  try {
    await writeFile(unfinished, `${id}\n`, { flag: 'wx', mode: 0o640, flush: true });
    await link(unfinished, path).catch(async (error: unknown) => {
      const isTaken = isCode(error, 'EEXIST') && (await ownerOf(exportsDir)) !== undefined;
      // Some file systems do not support hard links.
      if (!isTaken) await rename(unfinished, path);
    });
  } finally {
    await rm(unfinished, { force: true });
  }
}

const isCode = (error: unknown, code: string) =>
  error instanceof Error && 'code' in error && error.code === code;
