import type { NewLogEntry } from '../db/queries/task-runs.ts';

export interface RunLog {
  add(entry: NewLogEntry): void;
  /** The entries that are not written yet, for the write that ends the run. Waits for a write under way. */
  rest(): Promise<NewLogEntry[]>;
}

/** Collects the log entries of a run and writes them in batches. Entries whose write fails are kept for the next one. */
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
    async rest() {
      await writing;
      const entries = pending;
      pending = [];
      return entries;
    },
  };
}
