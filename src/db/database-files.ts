import { mkdirSync } from 'node:fs';
import { dirname } from 'node:path';
import {
  createSecretFile,
  FOLDER_MODE,
  type OnWarning,
  tightenFile,
  warnOfOpenFolder,
} from '../lib/file-permissions.ts';

/** What SQLite keeps next to a database; it gives them the mode of the database. */
const SUFFIXES = ['', '-wal', '-shm', '-journal'];

/**
 * Creates the folder and the file of a database if they are missing, readable by their owner (and the folder by its
 * group), and takes the rights of other users from files that exist. The database holds the key of download URLs.
 * @throws the system's error if the folder cannot be made
 */
export function prepareDatabaseFiles(path: string, onWarning: OnWarning = () => {}): void {
  mkdirSync(dirname(path), { recursive: true, mode: FOLDER_MODE });
  createSecretFile(path);
  for (const suffix of SUFFIXES) tightenFile(path + suffix, onWarning);
  warnOfOpenFolder(dirname(path), onWarning);
}
