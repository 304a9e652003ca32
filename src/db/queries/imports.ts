import type { NewHdpTask, NewServicesTask } from '../rows.ts';
import type { OnConflict } from './results.ts';
import type { AddedServicesTask, AddOptions } from './services-tasks.ts';

/** What became of a task of an import; only Services tasks have a chain. */
export type ImportedTask = AddedServicesTask;

/**
 * A load of tasks in batches, each in a transaction that holds the lock for about a quarter of a second; between two batches
 * the lock is free. Times are Unix milliseconds.
 */
export interface TaskImport<Task> {
  /**
   * True while an atomic import of another process is unfinished: what it has inserted may still be removed, so that this import
   * must neither replace nor skip it.
   */
  isBlocked(): boolean;
  /** Returns the first task that cannot be added because its identity is taken. It reads and writes nothing. */
  findConflict(tasks: readonly Task[]): { index: number; conflict: ImportedTask } | undefined;
  /**
   * Adds the first of some tasks: at least one, and as many as the time of a batch allows.
   * @param isLast true if no task comes after these: the import is finished with the batch that adds the last of them
   * @returns what became of the tasks that it took. An atomic import stops at a conflict: it is the last result then, and
   * nothing of the batch was written
   * @throws UnfinishedImportError if the import is blocked, with nothing written
   * @throws ImportLostError if another process has undone the import
   */
  addBatch(tasks: readonly Task[], isLast: boolean): Promise<ImportedTask[]>;
  /** Removes all tasks that an atomic import has inserted. Tasks that it has replaced stay. */
  undo(): Promise<void>;
  /** The number of tasks that committed batches have replaced. */
  replaced(): number;
}

export interface ImportOptions {
  /**
   * True if the import is undone unless it is finished, also after its process was killed. Otherwise each task stands alone.
   */
  isAtomic: boolean;
  now(): number;
}

/** Loads of many tasks that share the lock with other writers. */
export interface ImportQueries {
  services(options: ImportOptions & AddOptions): TaskImport<NewServicesTask>;
  hdp(options: ImportOptions & { onConflict: OnConflict }): TaskImport<NewHdpTask>;
  /**
   * Removes the tasks of imports whose processes have ended before they were finished.
   * @param options.batchMs how long a transaction, in which this thread does nothing else, takes at most
   * @param options.signal ends the removal early; another process or the next call continues it
   * @returns how many tasks it removed
   */
  removeAbandoned(now: number, options?: { batchMs?: number; signal?: AbortSignal }): Promise<number>;
}
