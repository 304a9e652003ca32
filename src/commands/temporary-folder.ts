import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CommandError, reasonOf } from './command.ts';

let folder: string | undefined;

/**
 * Returns a folder for the files of this process, which is removed when the process exits.
 * @throws CommandError if it cannot be created
 */
export function temporaryFolder(): string {
  if (folder === undefined) {
    const created = createFolder();
    process.once('exit', () => rmSync(created, { recursive: true, force: true }));
    folder = created;
  }
  return folder;
}

function createFolder(): string {
  try {
    return mkdtempSync(join(tmpdir(), 'taskgate-'));
  } catch (error) {
    throw new CommandError(
      `No temporary folder can be created in ${tmpdir()}: ${reasonOf(error)}. Set TMPDIR to a folder that this process may write to.`,
    );
  }
}
