import { exportAction } from '../actions/export.ts';
import { transferError } from '../db/error-transfer.ts';
import type { Store } from '../db/open.ts';
import { IN_MEMORY } from '../lib/path-variable.ts';
import type { RunAction } from '../runner/run-action.ts';
import { claimFolder, ownerOf } from './folder-owner.ts';

export interface GuardOptions {
  databaseUrl: string;
  exportsDir: string;
  store: Store;
}

/**
 * Returns a `RunAction` that refuses exports into a folder of another database, whose processes would remove the files.
 * The first database that exports into a folder owns it, unless it is in memory.
 */
export function guardFolder(
  runAction: RunAction,
  { databaseUrl, exportsDir, store }: GuardOptions,
): RunAction {
  async function isForeign(): Promise<boolean> {
    if (databaseUrl === IN_MEMORY) return (await ownerOf(exportsDir)) !== undefined;
    return (await claimFolder(exportsDir, store, { isExporting: true })) === 'foreign';
  }

  return async (input, listener) => {
    if (input.action !== exportAction.name) return runAction(input, listener);
    try {
      if (await isForeign()) {
        return {
          failure:
            'The folder of export files belongs to another database. The operator of this server must set EXPORTS_DIR to another folder.',
        };
      }
    } catch (error) {
      if (!isFileError(error)) throw error;
      return {
        failure: "The folder of export files cannot be used; the server's log says why.",
        cause: transferError(error),
      };
    }
    return runAction(input, listener);
  };
}

const isFileError = (error: unknown) => error instanceof Error && 'syscall' in error;
