import { prepareCheckpoint } from '../checkpoint.ts';
import { connect } from '../connection.ts';
import { createMovedFileCheck } from '../moved-file.ts';
import { prepareIndexing } from '../search/trigram-index.ts';
import { createWriteQueue } from '../write-queue.ts';

/** The steps of the maintenance of a database file, on a separate connection. None waits for a reader or a writer. */
export interface MaintenanceSteps {
  /**
   * The indexing step, as `Store.index`.
   * @throws SqliteError SQLITE_BUSY if another connection holds the lock
   */
  index(batch: number): number;
  /** Moves pages from the write-ahead log into the database file. @returns true if it moved pages */
  checkpoint(): boolean;
  close(): void;
}

/** @throws DatabaseError if the file does not exist or cannot be opened */
export function openMaintenance(path: string): MaintenanceSteps {
  // Power loss can undo the latest steps: they are done again.
  const sqlite = connect(path, { mustExist: true, synchronousCommit: false });
  const queue = createWriteQueue(sqlite, { beforeBegin: createMovedFileCheck(path), beforeCommit() {} });
  const index = prepareIndexing(sqlite);
  return {
    index: (batch) => queue.writeNow(() => index(batch), 0),
    checkpoint: prepareCheckpoint(sqlite),
    close: () => sqlite.close(),
  };
}
