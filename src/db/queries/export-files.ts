/** A file that an export run has written, complete or not. */
export interface ExportFile {
  /** Relative to the export folder. */
  path: string;
  task: number;
  run: string;
}

export interface ExportFileQueries {
  /**
   * Returns the files that belong to no task and whose run has no lease. A run gets its lease before it creates a file, and
   * loses it in the transaction that stores the path. So an existing file that is returned is never used again.
   */
  listUnused(files: readonly ExportFile[]): Promise<ExportFile[]>;
  /** Returns true if any task has a file. */
  hasFiles(): Promise<boolean>;
}
