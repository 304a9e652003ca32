/** Checks that a database file can be read, for health checks. */
import type Database from 'better-sqlite3';
import { openFile } from './driver.ts';

/** Queries that read the first and last rows of the main tables. */
const READS = [
  'SELECT * FROM services_tasks WHERE id = (SELECT min(id) FROM services_tasks)',
  'SELECT * FROM services_tasks WHERE id = (SELECT max(id) FROM services_tasks)',
  'SELECT * FROM hdp_tasks WHERE id = (SELECT min(id) FROM hdp_tasks)',
  'SELECT * FROM hdp_tasks WHERE id = (SELECT max(id) FROM hdp_tasks)',
  'SELECT * FROM list_blocks LIMIT 1',
  'SELECT * FROM scope_versions LIMIT 1',
];

export interface Probe {
  /** Reads from the file. @throws SqliteError if it cannot be read */
  run(): void;
  close(): void;
}

/**
 * Creates a health check of a database file. It uses a separate connection and empties its page cache first, so that it
 * reads from the file.
 * @param requireFile throws if the file is no longer at its path
 */
export function createProbe(path: string, requireFile: () => void): Probe {
  let connection: { sqlite: Database.Database; reads: Database.Statement[] } | undefined;
  return {
    run() {
      requireFile();
      connection ??= open(path);
      connection.sqlite.pragma('shrink_memory');
      for (const read of connection.reads) read.get();
    },
    close: () => connection?.sqlite.close(),
  };
}

function open(path: string) {
  const sqlite = openFile(path, { readonly: true, fileMustExist: true });
  try {
    return { sqlite, reads: READS.map((read) => sqlite.prepare(read)) };
  } catch (error) {
    sqlite.close();
    throw error;
  }
}
