import { setTimeout } from 'node:timers/promises';
import Database from 'better-sqlite3';

/** Runs `work`, which awaits nothing, in one write transaction, however long others keep it waiting. */
export type Write = <T>(work: () => T) => Promise<T>;

const PATIENCE_MS = 5000;
const LONGEST_PAUSE_MS = 50;

/** @throws SqliteError SQLITE_BUSY when others still write after five seconds */
export function createWrite(sqlite: Database.Database): Write {
  return async (work) => {
    const begun = performance.now();
    for (let pause = 1; ; pause = Math.min(2 * pause, LONGEST_PAUSE_MS)) {
      try {
        // SQLite's own waiting would stop everything else in this process.
        return withoutWaiting(sqlite, () => sqlite.transaction(work).immediate());
      } catch (error) {
        if (!isBusy(error) || performance.now() - begun > PATIENCE_MS) throw error;
      }
      await setTimeout(pause);
    }
  };
}

/** Runs `work` so that it fails at once where it would wait for another writer. */
export function withoutWaiting<T>(sqlite: Database.Database, work: () => T): T {
  const patience = sqlite.pragma('busy_timeout', { simple: true });
  sqlite.pragma('busy_timeout = 0');
  try {
    return work();
  } finally {
    sqlite.pragma(`busy_timeout = ${patience}`);
  }
}

const isBusy = (error: unknown) =>
  error instanceof Database.SqliteError && /^SQLITE_(BUSY|LOCKED)/.test(error.code);
