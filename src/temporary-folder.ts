import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ConfigError } from './config.ts';
import { reasonOf } from './lib/error-text.ts';

/** A folder for files that are not to outlive a process. */
export interface TemporaryFolder {
  /** Returns the path; the first call creates the folder. @throws ConfigError if it cannot be created */
  path(): string;
  /** Removes the folder and its files, if it was created. */
  remove(): void;
}

/** Creates a temporary folder when its path is first needed. It is removed at the latest when the process exits. */
export function createTemporaryFolder(): TemporaryFolder {
  let folder: string | undefined;
  const remove = () => {
    process.off('exit', remove);
    if (folder !== undefined) rmSync(folder, { recursive: true, force: true });
    folder = undefined;
  };
  return {
    path() {
      if (folder === undefined) {
        folder = createFolder();
        process.once('exit', remove);
      }
      return folder;
    },
    remove,
  };
}

function createFolder(): string {
  try {
    return mkdtempSync(join(tmpdir(), 'taskgate-'));
  } catch (error) {
    throw new ConfigError(
      `No temporary folder can be created in ${tmpdir()}: ${reasonOf(error)}. Set TMPDIR to a folder that this process may write to.`,
    );
  }
}
