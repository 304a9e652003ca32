/**
 * Checkpoints copy pages from the write-ahead log into the database file. SQLite does this in the commit that makes the log
 * too long, which blocks that thread. So the maintenance thread copies most pages in advance.
 */
import type Database from 'better-sqlite3';

/**
 * The length of the log, in pages, at which a commit runs a checkpoint. With SQLite's default of 1000, pages that change
 * often would be copied eight times as often.
 */
const AUTOCHECKPOINT_PAGES = 8000;

/** The maintenance thread copies at least this many pages at once, because each checkpoint syncs the disk twice. */
const MIN_CHECKPOINT_PAGES = 1000;

interface LogState {
  /** Pages in the log; -1 without a log. */
  log: number;
  /** Pages of the log that are in the database file already. */
  checkpointed: number;
}

/** A log that grew longer during a long read is truncated to this size when it restarts. */
const MAX_LOG_BYTES = 48 * 1024 * 1024;

/** Sets when a commit of this connection runs a checkpoint, and the size of the log file. */
export function limitLog(sqlite: Database.Database): void {
  sqlite.pragma(`journal_size_limit = ${MAX_LOG_BYTES}`);
  sqlite.pragma(`wal_autocheckpoint = ${AUTOCHECKPOINT_PAGES}`);
}

/** Prepares a checkpoint that neither waits for readers and writers nor blocks them. It returns true if it copied pages. */
export function prepareCheckpoint(sqlite: Database.Database): () => boolean {
  const readState = sqlite.prepare<[], LogState>('PRAGMA wal_checkpoint(NOOP)');
  const checkpoint = sqlite.prepare<[], LogState>('PRAGMA wal_checkpoint(PASSIVE)');
  return () => {
    const { log, checkpointed } = readState.get() ?? { log: 0, checkpointed: 0 };
    if (log - checkpointed < MIN_CHECKPOINT_PAGES) return false;
    const after = checkpoint.get();
    // An active reader can prevent that all pages are copied.
    return after !== undefined && after.checkpointed > checkpointed;
  };
}
