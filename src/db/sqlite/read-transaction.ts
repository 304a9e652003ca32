import type Database from 'better-sqlite3';

/** Runs `work`, which must be synchronous and only read, in one snapshot of the data. */
export type Read = <T>(work: () => T) => T;

export function prepareRead(sqlite: Database.Database): Read {
  const begin = sqlite.prepare('BEGIN');
  const end = sqlite.prepare('COMMIT');
  return (work) => {
    // The caller has opened a snapshot.
    if (sqlite.inTransaction) return work();
    begin.run();
    try {
      return work();
    } finally {
      end.run();
    }
  };
}
