import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

/** The folder of the migrations. */
export const MIGRATIONS_FOLDER = fileURLToPath(new URL('../../../drizzle/sqlite', import.meta.url));

/** Returns the times that identify the migrations of this version, in Unix milliseconds, oldest first. */
export function migrationTimes(): number[] {
  const journal: { entries: { when: number }[] } = JSON.parse(
    readFileSync(`${MIGRATIONS_FOLDER}/meta/_journal.json`, 'utf8'),
  );
  return journal.entries.map((entry) => entry.when);
}
