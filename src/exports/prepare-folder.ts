import { type Stats, statSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { ConfigError } from '../config.ts';
import type { OnWarning } from '../lib/file-permissions.ts';
import { tightenExports } from './files.ts';

/**
 * Checks the folder of exports and removes the permissions of other users. The first export creates a missing folder.
 * @throws ConfigError if the path, or a parent of it, is not a folder
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
