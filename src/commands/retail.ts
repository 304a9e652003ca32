import { dirname, join } from 'node:path';
import { z } from 'zod';
import type { Config } from '../config.ts';
import { type DemoRow, isDemoSource, makeDemoSource } from '../db/demo-source.ts';
import { filePath } from '../db/sqlite/store.ts';
import { type OnWarning, tightenFile } from '../lib/file-permissions.ts';
import { IN_MEMORY } from '../lib/path-variable.ts';
import { readSeed } from './seed.ts';
import { temporaryFolder } from './temporary-folder.ts';

/** The rows of each export index. */
const retailFile = z.record(
  z.string(),
  z.array(z.record(z.string(), z.union([z.string(), z.number(), z.null()]))).min(1),
);

const FILE = 'demo-retail.db';
const HOUR_MS = 3_600_000;

/** A time in the seeds that goes along with the clock, so that `the last 24 hours` always has something: `now-5h`, `now-3d`. */
const AGO = /^now-(\d+)([hd])$/;

/**
 * Creates the demo's retail data (`seeds/retail.json`) as `demo-retail.db` in the folder of the database, and
 * replaces an older one. Only `serve --demo` and `work --demo` call it, so that no export of real tasks reads demo data.
 * @param now Unix milliseconds
 * @returns its path
 * @throws DatabaseError if there is another file, such as the database itself
 */
export function makeRetailSource(databaseUrl: string, now: number): string {
  const path = pathBeside(databaseUrl);
  const tables = Object.entries(retailFile.parse(readSeed('retail')));
  makeDemoSource(
    path,
    Object.fromEntries(tables.map(([index, rows]) => [index, rows.map((row) => dated(row, now))])),
  );
  return path;
}

/**
 * Returns the database that exports read: the configured one or, with `--demo` alone, the demo's retail data. Without both,
 * export tasks end in ERROR, also when an earlier `--demo` has left its file.
 */
export function exportSourceOf(
  { exportSourceUrl, databaseUrl }: Pick<Config, 'exportSourceUrl' | 'databaseUrl'>,
  { demo, now }: { demo: boolean; now: number },
): string | undefined {
  return exportSourceUrl ?? (demo ? makeRetailSource(databaseUrl, now) : undefined);
}

/** Takes the rights of other users from the demo's retail data. Another file of that name is left as it is. */
export function tightenRetailSource(databaseUrl: string, onWarning: OnWarning): void {
  if (databaseUrl === IN_MEMORY) return;
  const path = pathBeside(databaseUrl);
  if (isDemoSource(path)) tightenFile(path, onWarning);
}

const pathBeside = (databaseUrl: string) =>
  join(databaseUrl === IN_MEMORY ? temporaryFolder() : dirname(filePath(databaseUrl)), FILE);

function dated(row: DemoRow, now: number): DemoRow {
  return Object.fromEntries(Object.entries(row).map(([key, value]) => [key, datedValue(value, now)]));
}

function datedValue(value: string | number | null, now: number): string | number | null {
  const ago = typeof value === 'string' ? AGO.exec(value) : null;
  if (!ago) return value;
  const hours = Number(ago[1]) * (ago[2] === 'd' ? 24 : 1);
  return `${new Date(now - hours * HOUR_MS).toISOString().slice(0, 19)}Z`;
}
