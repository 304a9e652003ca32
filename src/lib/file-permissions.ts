/** Protects the files of this program from other users of the machine. Does nothing on Windows, which has no file modes. */
import { chmodSync, closeSync, type Dirent, openSync, readdirSync, type Stats, statSync } from 'node:fs';
import { join } from 'node:path';

/** The mode of new folders. */
export const FOLDER_MODE = 0o750;

/** The mode of a new file that holds secrets. */
export const SECRET_FILE_MODE = 0o600;

/** Receives a sentence for the operator, for each file that other users could access. */
export type OnWarning = (message: string) => void;

// The rights to remove: the group can read files and enter folders, other users have no rights.
const EXCESS_FILE_MODE = 0o037;
const EXCESS_FOLDER_MODE = 0o027;
const OTHERS_WRITE = 0o002;

/** Creates an empty file that only its owner can read, unless the file exists. */
export function createSecretFile(path: string): void {
  try {
    closeSync(openSync(path, 'wx', SECRET_FILE_MODE));
  } catch {
    // The file exists, or the next attempt to open it reports the reason.
  }
}

/** Removes the rights of other users from a file, and all rights of its group except reading. */
export function tightenFile(path: string, onWarning: OnWarning): void {
  tighten(path, statIfPresent(path)?.isFile() ? EXCESS_FILE_MODE : 0, onWarning);
}

/** Removes the rights of other users from a folder of this program and the files in it. */
export function tightenFolder(path: string, onWarning: OnWarning): void {
  if (!statIfPresent(path)?.isDirectory()) return;
  tighten(path, EXCESS_FOLDER_MODE, onWarning);
  for (const entry of entriesOf(path)) if (entry.isFile()) tightenFile(join(path, entry.name), onWarning);
}

/** Warns if other users can write to a folder. Does not change it: the folder may belong to another program. */
export function warnOfOpenFolder(path: string, onWarning: OnWarning): void {
  const stats = statIfPresent(path);
  if (!stats?.isDirectory() || process.platform === 'win32' || !(stats.mode & OTHERS_WRITE)) return;
  onWarning(`other users can write to the folder ${path} (mode ${octal(stats.mode)}); run chmod o-w on it`);
}

/** Returns the entries of a folder; none if it cannot be read. */
export function entriesOf(folder: string): Dirent[] {
  try {
    return readdirSync(folder, { withFileTypes: true });
  } catch {
    return [];
  }
}

function tighten(path: string, excess: number, onWarning: OnWarning): void {
  const mode = statIfPresent(path)?.mode ?? 0;
  if (process.platform === 'win32' || !(mode & excess)) return;
  const tightened = mode & 0o7777 & ~excess;
  const finding = `other users had rights on ${path} (mode ${octal(mode)})`;
  try {
    chmodSync(path, tightened);
    onWarning(`${finding}; its mode is now ${octal(tightened)}`);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    onWarning(`${finding}, and its mode cannot be changed: ${reason}`);
  }
}

function statIfPresent(path: string): Stats | undefined {
  try {
    return statSync(path, { throwIfNoEntry: false });
  } catch {
    return undefined;
  }
}

/** Formats a file mode, such as 0640. */
export const octal = (mode: number): string => `0${(mode & 0o777).toString(8).padStart(3, '0')}`;
