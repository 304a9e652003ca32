import { statSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import type Database from 'better-sqlite3';
import type { BetterSQLite3Database } from 'drizzle-orm/better-sqlite3';
import { whyNoEntry, whyNoTarget, whyUnusable } from '../../lib/file-access.ts';
import type { OnWarning } from '../../lib/file-permissions.ts';
import { IN_MEMORY } from '../../lib/path-variable.ts';
import { DatabaseError } from '../store.ts';
import { limitLog } from './checkpoint.ts';
import { createDatabaseFile, databaseFilesOf, tightenDatabaseFiles } from './database-files.ts';
import { isOfAnotherProgram, ownerOf } from './database-identity.ts';
import { loadDriver, openFile } from './driver.ts';
import { passGuard } from './guard.ts';
import { openInMemory } from './memory-image.ts';

/** A connection as Drizzle uses it, with the driver's own. */
export type SqliteConnection = BetterSQLite3Database & { $client: Database.Database };

export interface OpenOptions {
  /** Called with a sentence for each file that other users of the machine could reach. */
  onWarning?: OnWarning | undefined;
  /** Refuses a file that does not exist or is empty, instead of creating a database there. */
  mustExist?: boolean;
  /** Whether each commit waits for the disk; without it, power loss can undo the latest commits. True if left out. */
  synchronousCommit?: boolean;
  /** Rows of a full block of a list (db/model/blocks.ts); tests use small ones. BLOCK_SIZE if left out. */
  blockSize?: number;
}

/**
 * Opens a database file of taskgate, and creates it unless it must exist. Nothing is written to a file of another program.
 * @throws DatabaseError
 */
export function connect(
  path: string,
  { onWarning, mustExist = false, synchronousCommit = true }: OpenOptions,
): Database.Database {
  if (mustExist) requireFile(path);
  let sqlite: Database.Database | undefined;
  try {
    sqlite = path === IN_MEMORY ? openInMemory() : openOwnFile(path, mustExist, onWarning);
    sqlite.pragma(`synchronous = ${synchronousCommit ? 'FULL' : 'NORMAL'}`);
    sqlite.pragma('foreign_keys = ON');
    sqlite.pragma('temp_store = MEMORY');
    limitLog(sqlite);
    sqlite.pragma('cache_size = -32768');
    passGuard(sqlite);
    return sqlite;
  } catch (error) {
    sqlite?.close();
    if (error instanceof DatabaseError) throw error;
    throw explained(path, error);
  }
}

/** @throws DatabaseError if there is no file, so that a mistyped path gives neither an empty result nor a new file */
function requireFile(path: string): void {
  const remedy = 'check DATABASE_URL, or create the database with taskgate migrate';
  if (path === IN_MEMORY)
    throw new DatabaseError(`A database in memory is always empty when a command starts; ${remedy}.`);
  try {
    if (statSync(path).size > 0) return;
  } catch (error) {
    const reason = isMissing(error) ? whyNoTarget(path) : whyUnusable(path);
    if (reason !== undefined) throw unusable(path, reason);
    throw new DatabaseError(`There is no database ${resolve(path)}; ${remedy}.`);
  }
  throw new DatabaseError(`The file ${resolve(path)} is empty, so it is no database of taskgate; ${remedy}.`);
}

const isMissing = (error: unknown) => error instanceof Error && 'code' in error && error.code === 'ENOENT';

function openOwnFile(path: string, mustExist: boolean, onWarning?: OnWarning): Database.Database {
  const reason = whyUnusable(path);
  if (reason !== undefined) throw unusable(path, reason);
  // Before the file is created: without the driver it would stay empty.
  loadDriver();
  createDatabaseFile(path);
  const files = databaseFilesOf(path);
  if (isOfAnotherProgram(path)) throw notOurs(path);
  const sqlite = openFile(path, { timeout: 5000 });
  try {
    refuseOthers(sqlite, path, mustExist);
    // A WAL lets readers continue while another connection writes.
    sqlite.pragma('journal_mode = WAL');
    tightenDatabaseFiles(path, files, onWarning);
    return sqlite;
  } catch (error) {
    sqlite.close();
    throw error;
  }
}

function refuseOthers(sqlite: Database.Database, path: string, mustExist: boolean): void {
  const owner = ownerOf(sqlite);
  if (owner === 'another program') throw notOurs(path);
  if (owner === 'nobody' && mustExist) {
    throw new DatabaseError(
      `The database ${path} has no tables of taskgate; check DATABASE_URL, or run taskgate migrate.`,
    );
  }
}

const notOurs = (path: string) =>
  new DatabaseError(
    `The file ${path} is the database of another program, and was not changed; set DATABASE_URL to another file.`,
  );

const unusable = (path: string, reason: string) =>
  new DatabaseError(`The database ${path} of DATABASE_URL cannot be opened: ${reason}.`);

/** SQLite says no more than "unable to open database file"; here the owners and modes of the files say why. */
function explained(path: string, error: unknown): Error {
  // The working directory was removed; any command says so.
  if (error instanceof Error && /\buv_cwd\b/.test(error.message)) return error;
  const message = error instanceof Error ? error.message : String(error);
  // Next to the file SQLite creates others, such as the write-ahead log.
  const reason = /^(unable to open|attempt to write a readonly)/.test(message)
    ? (whyUnusable(path) ?? whyNoEntry(dirname(resolve(path))))
    : undefined;
  return reason === undefined
    ? new DatabaseError(`The database ${path} cannot be opened: ${message}.`)
    : unusable(path, reason);
}
