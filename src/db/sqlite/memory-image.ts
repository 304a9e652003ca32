/** Databases in memory begin as a copy of the first one that this process has migrated: its tables take long to create. */
import type Database from 'better-sqlite3';
import { IN_MEMORY } from '../../lib/path-variable.ts';
import { openFile } from './driver.ts';

let image: Buffer | undefined;

export const openInMemory = (): Database.Database => openFile(image ?? IN_MEMORY);

/** Keeps the image of a database in memory that was just migrated and has no tasks or credentials. */
export function keepImage(sqlite: Database.Database): void {
  image ??= sqlite.serialize();
}
