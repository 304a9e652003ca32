import { existsSync, mkdirSync } from 'node:fs';
import { dirname } from 'node:path';
import {
  createSecretFile,
  FOLDER_MODE,
  type OnWarning,
  tightenFile,
  warnOfOpenFolder,
} from '../../lib/file-permissions.ts';

/** The suffixes of the files that SQLite creates for a database, with the mode of the database file. */
const SUFFIXES = ['', '-wal', '-shm', '-journal'];

/**
 * Creates the folder and the file of a database if they do not exist. Only the owner can read the file, and only the owner
 * and the group the folder, because the database contains secrets.
 * @throws the error of the system if the folder cannot be created
 */
export function createDatabaseFile(path: string): void {
  mkdirSync(dirname(path), { recursive: true, mode: FOLDER_MODE });
  createSecretFile(path);
}

/** Returns the existing files of a database. */
export const listDatabaseFiles = (path: string) =>
  SUFFIXES.map((suffix) => path + suffix).filter((file) => existsSync(file));

/**
 * Removes the access of other users to the files of a database. Call it after the file is known to be a database.
 * @param before the files before the database was opened; only they need a warning
 */
export function tightenDatabaseFiles(
  path: string,
  before: readonly string[],
  onWarning: OnWarning = () => {},
): void {
  for (const file of listDatabaseFiles(path)) tightenFile(file, before.includes(file) ? onWarning : () => {});
  warnOfOpenFolder(dirname(path), onWarning);
}
