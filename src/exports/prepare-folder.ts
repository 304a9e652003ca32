import { type Stats, statSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { ConfigError } from '../config.ts';
import type { OnWarning } from '../lib/file-permissions.ts';
import { tightenExports } from './files.ts';

/**
 * Checks the folder of exports and takes the rights of other users from it. A folder that is missing is created by the
 * first export.
 * @throws ConfigError if there is something else at the path or on the way to it
 */
export function prepareExportsFolder(exportsDir: string, onWarning: OnWarning): void {
  for (let path = resolve(exportsDir); ; path = dirname(path)) {
    const stats = statIfPresent(path);
    if (stats !== undefined && !stats.isDirectory()) {
      throw new ConfigError(
        `The configuration is wrong: EXPORTS_DIR must name a folder, and ${path} is not a folder.`,
      );
    }
    if (stats !== undefined || path === dirname(path)) break;
  }
  tightenExports(exportsDir, onWarning);
}

function statIfPresent(path: string): Stats | undefined {
  try {
    return statSync(path);
  } catch {
    return undefined;
  }
}
