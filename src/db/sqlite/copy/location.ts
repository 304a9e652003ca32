import { realpathSync } from 'node:fs';
import { resolve } from 'node:path';

/** Returns the path of a database file that identifies it: absolute, without symbolic links. */
export function fileLocation(path: string): string {
  try {
    return realpathSync(path);
  } catch {
    return resolve(path);
  }
}
