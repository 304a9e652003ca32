import type Database from 'better-sqlite3';

/** Runs `work`, which only reads and awaits nothing, on one unchanging view of the data. */
export type Read = <T>(work: () => T) => T;

export function prepareRead(sqlite: Database.Database): Read {
  const begin = sqlite.prepare('BEGIN');
  const end = sqlite.prepare('COMMIT');
  return (work) => {
    // A snapshot of the caller's is open already.
    if (sqlite.inTransaction) return work();
    begin.run();
    try {
      return work();
    } finally {
      end.run();
    }
  };
}
