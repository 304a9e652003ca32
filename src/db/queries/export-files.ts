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
