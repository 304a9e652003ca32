import { statSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import type Database from 'better-sqlite3';
import type { BetterSQLite3Database } from 'drizzle-orm/better-sqlite3';
import { whyNoEntry, whyNoTarget, whyUnusable } from '../../lib/file-access.ts';
import type { OnWarning } from '../../lib/file-permissions.ts';
import { IN_MEMORY } from '../../lib/path-variable.ts';
import { DatabaseError } from '../store.ts';
import { limitLog } from './checkpoint.ts';
import { createDatabaseFile, listDatabaseFiles, tightenDatabaseFiles } from './database-files.ts';
import { isOfAnotherProgram, ownerOf } from './database-identity.ts';
import { BUSY_TIMEOUT_MS, loadDriver, openFile, openInMemory } from './driver.ts';
import { passGuard } from './guard.ts';
import type { MigrateOptions } from './migrate.ts';

/** A Drizzle connection; `$client` is the connection of the driver. */
export type SqliteConnection = BetterSQLite3Database & { $client: Database.Database };

export interface OpenOptions extends MigrateOptions {
  /** Called with a message for each file that other users of the machine can access. */
  onWarning?: OnWarning | undefined;
  /** True to throw if the file does not exist or is empty, instead of creating a database. */
  mustExist?: boolean;
  /** The URLs of replicas of a PostgreSQL database. */
  databaseReplicaUrls?: readonly string[];
  /** False if commits need not wait for the disk; power loss can then undo the latest commits. Default: true. */
  synchronousCommit?: boolean;
  /** Rows of a full list block (db/model/blocks.ts); tests use small blocks. Default: BLOCK_SIZE. */
  blockSize?: number;
  /** False to write no figures, which are wrong then: the bench measures what they cost. Default: true. */
  countsFigures?: boolean;
  /** The clock of this process, in Unix milliseconds. It decides when leases in a file end. Default: Date.now. */
  now?(): number;
  /** Replaces the clock that decides when leases end, in any database; for tests. */
  leaseClock?(): number;
}

/**
 * Opens a database file, and creates it unless it must exist. Never writes to a database of another program.
 * @throws DatabaseError
 */
export function connect(
  path: string,
  { onWarning, mustExist = false, synchronousCommit = true }: OpenOptions,
): Database.Database {
  if (mustExist) requireFile(path);
  let sqlite: Database.Database | undefined;
  try {
    sqlite = path === IN_MEMORY ? openInMemory() : openDatabaseFile(path, mustExist, onWarning);
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
    throw withReason(path, error);
  }
}

/** @throws DatabaseError if the file does not exist: a mistyped path must not create a database */
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

function openDatabaseFile(path: string, mustExist: boolean, onWarning?: OnWarning): Database.Database {
  const reason = whyUnusable(path);
  if (reason !== undefined) throw unusable(path, reason);
  // Before the file is created: it would stay empty if the driver cannot be loaded.
  loadDriver();
  createDatabaseFile(path);
  const files = listDatabaseFiles(path);
  if (isOfAnotherProgram(path)) throw notOfTaskgate(path);
  const sqlite = openFile(path, { timeout: BUSY_TIMEOUT_MS });
  try {
    requireOwner(sqlite, path, mustExist);
    // A WAL lets readers continue while another connection writes.
    sqlite.pragma('journal_mode = WAL');
    tightenDatabaseFiles(path, files, onWarning);
    return sqlite;
  } catch (error) {
    sqlite.close();
    throw error;
  }
}

function requireOwner(sqlite: Database.Database, path: string, mustExist: boolean): void {
  const owner = ownerOf(sqlite);
  if (owner === 'another program') throw notOfTaskgate(path);
  if (owner === 'nobody' && mustExist) {
    throw new DatabaseError(
      `The database ${path} has no tables of taskgate; check DATABASE_URL, or run taskgate migrate.`,
    );
  }
}

const notOfTaskgate = (path: string) =>
  new DatabaseError(
    `The file ${path} is the database of another program, and was not changed; set DATABASE_URL to another file.`,
  );

const unusable = (path: string, reason: string) =>
  new DatabaseError(`The database ${path} of DATABASE_URL cannot be opened: ${reason}.`);

/** Adds a reason to SQLite's "unable to open database file", from the owners and modes of the files. */
function withReason(path: string, error: unknown): Error {
  // The working directory was removed; every command reports that.
  if (error instanceof Error && /\buv_cwd\b/.test(error.message)) return error;
  const message = error instanceof Error ? error.message : String(error);
  // SQLite creates other files next to the database, such as the write-ahead log.
  const reason = /^(unable to open|attempt to write a readonly)/.test(message)
    ? (whyUnusable(path) ?? whyNoEntry(dirname(resolve(path))))
    : undefined;
  return reason === undefined
    ? new DatabaseError(`The database ${path} cannot be opened: ${message}.`)
    : unusable(path, reason);
}
