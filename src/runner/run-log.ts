import type { NewLogEntry } from '../db/queries/task-runs.ts';

export interface RunLog {
  add(entry: NewLogEntry): void;
  /** Waits for the current write and returns the entries that are not written yet. The end of the run writes them. */
  takeUnwritten(): Promise<NewLogEntry[]>;
}

/** Collects the log entries of a run and writes them in batches. The next batch includes entries whose write failed. */
export function createRunLog(
  write: (entries: readonly NewLogEntry[]) => Promise<void>,
  onError: (error: unknown) => void,
): RunLog {
  let pending: NewLogEntry[] = [];
  let writing: Promise<void> | undefined;

  async function writePending(): Promise<void> {
    while (pending.length > 0) {
      const entries = pending;
      pending = [];
      try {
        await write(entries);
      } catch (error) {
        pending = [...entries, ...pending];
        onError(error);
        break;
      }
    }
    writing = undefined;
  }

  return {
    add(entry) {
      pending.push(entry);
      // In the next microtask, so that entries that are added together are written together.
      writing ??= Promise.resolve().then(writePending);
    },
    async takeUnwritten() {
      await writing;
      const entries = pending;
      pending = [];
      return entries;
    },
  };
}
