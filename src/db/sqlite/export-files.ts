import type { SqliteConnection } from './store.ts';

/** A file that a run of an export wrote, finished or not. */
export interface ExportFile {
  /** Relative to the folder of exports. */
  path: string;
  task: number;
  run: string;
}

export interface ExportFileQueries {
  /**
   * Returns those of some files that no task has as its file, and whose run has no lease. A run takes its lease before it
   * creates a file, and ends it in the transaction that stores the path. So a file that was there before this question is
   * asked, and is returned by it, is never used again.
   */
  listUnused(files: readonly ExportFile[]): Promise<ExportFile[]>;
  /** Returns true if any task has a file. */
  hasFiles(): Promise<boolean>;
}

export function createExportFileQueries({ $client: sqlite }: SqliteConnection): ExportFileQueries {
  // One statement, so that both tables are of one moment. The owner of a lease begins with the name of its run.
  const unused = sqlite
    .prepare<[string], number>(
      `SELECT key FROM json_each(?) AS file
       WHERE NOT EXISTS (SELECT 1 FROM services_files WHERE task = file.value ->> 'task' AND path = file.value ->> 'path')
         AND NOT EXISTS (
           SELECT 1 FROM services_leases
           WHERE task = file.value ->> 'task'
             AND substr(owner, 1, length(file.value ->> 'run')) = file.value ->> 'run'
         )`,
    )
    .pluck();
  const any = sqlite.prepare<[], number>('SELECT EXISTS (SELECT 1 FROM services_files)').pluck();
  return {
    async listUnused(files) {
      const keys = new Set(unused.all(JSON.stringify(files)));
      return files.filter((_, key) => keys.has(key));
    },
    hasFiles: async () => any.get() === 1,
  };
}
