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

/** Where unfinished files are: beside the chains' folders, on the same file system. */
export const UNFINISHED = 'unfinished';

// Export files hold what people bought: only this program and its group may read them.
const FILE_MODE = 0o640;

export interface NewFile {
  exportsDir: string;
  /** Relative to `exportsDir`; no other run may have the same. */
  name: string;
}

/**
 * Makes a file whole or not at all: `fill` writes an empty one of another name, which gets its own name when all of it is on
 * disk. If anything fails, nothing is left.
 * @throws ActionError when its folder cannot be created
 * @returns what `fill` gave
 */
export async function makeFile<T>(
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
    await synced(unfinished);
    await rename(unfinished, path);
    await synced(dirname(path));
    return result;
  } catch (error) {
    await rm(unfinished, { force: true });
    throw error;
  }
}

/** Waits until a file, or the names in a folder, are on disk. */
async function synced(path: string): Promise<void> {
  const handle = await open(path, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/** Takes the rights of other users from export files and their folders: one per chain, and one of unfinished files. */
export function tightenExports(exportsDir: string, onWarning: OnWarning): void {
  for (const entry of entriesOf(exportsDir)) {
    const isOurs = entry.isDirectory() && (/^\d+$/.test(entry.name) || entry.name === UNFINISHED);
    if (isOurs) tightenFolder(join(exportsDir, entry.name), onWarning);
  }
  warnOfOpenFolder(exportsDir, onWarning);
}
