import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ConfigError } from './config.ts';
import { reasonOf } from './lib/text.ts';

/** A folder that is removed when the process exits. */
export interface TemporaryFolder {
  /** Returns the path. The first call creates the folder. @throws ConfigError if that fails */
  path(): string;
  /** Removes the folder and its files, if it was created. */
  remove(): void;
}

/** Returns a temporary folder that is created on first use. It is removed by `remove`, or when the process exits. */
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
