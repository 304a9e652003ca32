import { mkdir, open, rename, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { ActionError } from '../actions/action.ts';
import {
  entriesOf,
  FOLDER_MODE,
  type OnWarning,
  tightenFolder,
  warnOfOpenFolder,
} from '../lib/file-permissions.ts';

/** The folder of unfinished files, on the same file system as the folders of the chains. */
export const UNFINISHED = 'unfinished';

// Export files contain personal data, so only the user and the group of this program may read them.
const FILE_MODE = 0o640;

export interface NewFile {
  exportsDir: string;
  /** Path relative to `exportsDir`, unique to the run. */
  name: string;
}

/**
 * Creates a file atomically: `fill` writes to an empty file with another name. The file is renamed when it is complete
 * on disk. After an error, no file is left.
 * @returns the result of `fill`
 * @throws ActionError when its folder cannot be created
 */
export async function createFile<T>(
  { exportsDir, name }: NewFile,
  fill: (path: string) => Promise<T>,
): Promise<T> {
  const path = join(exportsDir, name);
  const unfinished = join(exportsDir, UNFINISHED, name.replaceAll(/[\\/]/g, '-'));
  try {
    for (const file of [path, unfinished]) await mkdir(dirname(file), { recursive: true, mode: FOLDER_MODE });
  } catch (cause) {
    throw new ActionError("The export file cannot be created; the server's log says why.", { cause });
  }
  await (await open(unfinished, 'wx', FILE_MODE)).close();
  try {
    const result = await fill(unfinished);
    await syncToDisk(unfinished);
    await rename(unfinished, path);
    await syncToDisk(dirname(path));
    return result;
  } catch (error) {
    await rm(unfinished, { force: true });
    throw error;
  }
}

/** Waits until a file, or the entries of a folder, are on disk. */
async function syncToDisk(path: string): Promise<void> {
  const handle = await open(path, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/** Removes the permissions of other users from the folders of export files: one per chain, and the unfinished files. */
export function tightenExports(exportsDir: string, onWarning: OnWarning): void {
  for (const entry of entriesOf(exportsDir)) {
    const isExportFolder = entry.isDirectory() && (/^\d+$/.test(entry.name) || entry.name === UNFINISHED);
    if (isExportFolder) tightenFolder(join(exportsDir, entry.name), onWarning);
  }
  warnOfOpenFolder(exportsDir, onWarning);
}
