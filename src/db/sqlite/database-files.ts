import { existsSync, mkdirSync } from 'node:fs';
import { dirname } from 'node:path';
import {
  createSecretFile,
  FOLDER_MODE,
  type OnWarning,
  tightenFile,
  warnOfOpenFolder,
} from '../../lib/file-permissions.ts';

/** What SQLite keeps next to a database; it gives them the mode of the database. */
const SUFFIXES = ['', '-wal', '-shm', '-journal'];

/**
 * Creates the folder and the file of a database if they are missing, readable by their owner (and the folder by its
 * group). The database holds the key of download URLs.
 * @throws the system's error if the folder cannot be made
 */
export function createDatabaseFile(path: string): void {
  mkdirSync(dirname(path), { recursive: true, mode: FOLDER_MODE });
  createSecretFile(path);
}

/** Returns which files of a database exist. */
export const databaseFilesOf = (path: string) =>
  SUFFIXES.map((suffix) => path + suffix).filter((file) => existsSync(file));

/**
 * Takes the rights of other users from a database. Call it once the file is known to be one.
 * @param before its files before it was opened; SQLite makes the others with its mode, and they need no warning
 */
export function tightenDatabaseFiles(
  path: string,
  before: readonly string[],
  onWarning: OnWarning = () => {},
): void {
  for (const file of databaseFilesOf(path)) tightenFile(file, before.includes(file) ? onWarning : () => {});
  warnOfOpenFolder(dirname(path), onWarning);
}
