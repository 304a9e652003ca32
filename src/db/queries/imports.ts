import type { NewHdpTask, NewServicesTask } from '../rows.ts';
import type { OnConflict } from './results.ts';
import type { AddedServicesTask, AddOptions } from './services-tasks.ts';

/** The outcome for one task of an import. Only Services tasks have a chain. */
export type ImportedTask = AddedServicesTask;

/** The first task of several whose id or uuid is taken. */
export interface ImportConflict {
  index: number;
  conflict: ImportedTask;
}

/**
 * An import of tasks in batches. The transaction of a batch holds the lock for about 250 ms; between two batches the lock
 * is free.
 */
export interface TaskImport<Task> {
  /**
   * True while an atomic import of another process is unfinished. Its tasks may still be removed, so this import must
   * neither replace nor skip them.
   */
  isBlocked(): Promise<boolean>;
  /** Returns the first task whose id or uuid is taken. Writes nothing. */
  findConflict(tasks: readonly Task[]): Promise<ImportConflict | undefined>;
  /**
   * Adds as many of the tasks as fit into one batch, in order and at least one.
   * @param isLast true if these are the last tasks: the batch that adds the last of them finishes the import
   * @returns one outcome for each task that it tried. If an atomic import has a conflict, it is the last outcome, and
   * nothing of the batch is written
   * @throws UnfinishedImportError if the import is blocked, with nothing written
   * @throws ImportLostError if another process has undone the import
   */
  addBatch(tasks: readonly Task[], isLast: boolean): Promise<ImportedTask[]>;
  /** Removes all tasks that an atomic import has inserted. Replaced tasks stay replaced. */
  undo(): Promise<void>;
  /** The number of tasks that committed batches have replaced. */
  replaced(): number;
}

export interface ImportOptions {
  /**
   * True if the import is undone unless it finishes, even if its process is killed. Otherwise each batch stays.
   */
  isAtomic: boolean;
}

/** Imports of many tasks, which share the lock with other writers. */
export interface ImportQueries {
  services(options: ImportOptions & AddOptions): TaskImport<NewServicesTask>;
  hdp(options: ImportOptions & { onConflict: OnConflict }): TaskImport<NewHdpTask>;
  /**
   * Removes the tasks of unfinished imports that have written nothing for a minute, by the clock of the database.
   * @param options.batchMs the time of one transaction, which blocks this thread
   * @param options.signal stops the removal; another process or the next call continues it
   * @returns the number of removed tasks
   */
  removeAbandoned(options?: { batchMs?: number; signal?: AbortSignal }): Promise<number>;
}
