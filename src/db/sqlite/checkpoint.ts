/**
 * Checkpoints: moving pages from the write-ahead log into the database file. SQLite does it in the commit that makes the log
 * long, and everything else in that thread waits. So the maintenance thread does most of it, while others read and
 * write, and the commit that restarts the log has little left to move.
 */
import type Database from 'better-sqlite3';

/**
 * Pages in the log at which a commit moves what is left. SQLite's default of 1000 writes a page that changes often into
 * the file eight times as often.
 */
const CHECKPOINT_AT_PAGES = 8000;

/** Pages that the maintenance thread lets gather: each checkpoint waits for the disk twice. */
const MIN_PAGES = 1000;

interface LogState {
  /** Pages in the log; -1 without one. */
  log: number;
  /** How many of them are in the file already. */
  checkpointed: number;
}

/** A file that grew longer, because a reader needed an old state, is cut to this length when the log restarts. */
const MAX_KEPT_BYTES = 48 * 1024 * 1024;

/** Sets when a commit of this connection moves pages, and how long the file of the log stays. */
export function limitLog(sqlite: Database.Database): void {
  sqlite.pragma(`journal_size_limit = ${MAX_KEPT_BYTES}`);
  sqlite.pragma(`wal_autocheckpoint = ${CHECKPOINT_AT_PAGES}`);
}

/** Prepares a checkpoint that waits for no reader and no writer, and blocks none. @returns true if it moved pages */
export function prepareCheckpoint(sqlite: Database.Database): () => boolean {
  const look = sqlite.prepare<[], LogState>('PRAGMA wal_checkpoint(NOOP)');
  const move = sqlite.prepare<[], LogState>('PRAGMA wal_checkpoint(PASSIVE)');
  return () => {
    const { log, checkpointed } = look.get() ?? { log: 0, checkpointed: 0 };
    if (log - checkpointed < MIN_PAGES) return false;
    const after = move.get();
    // A reader of an old state holds up what it still needs.
    return after !== undefined && after.checkpointed > checkpointed;
  };
}
