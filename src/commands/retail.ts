import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { z } from 'zod';
import { type DemoRow, makeDemoSource } from '../db/demo-source.ts';
import { filePath } from '../db/sqlite.ts';
import { type OnWarning, tightenFile } from '../lib/file-permissions.ts';
import { IN_MEMORY } from '../lib/path-variable.ts';
import { temporaryFolder } from '../lib/temporary-folder.ts';
import { readSeed } from './seed.ts';

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
 * Makes the demo's retail data (`seeds/retail.json`) anew as `demo-retail.db` beside the database: what `serve --demo` lets
 * exports read when EXPORT_SOURCE_URL is not set.
 * @param now Unix milliseconds
 * @returns its path
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

/** What that made beside the database, if it is there: for `taskgate work` beside `serve --demo`. */
export function findRetailSource(databaseUrl: string): string | undefined {
  const path = pathBeside(databaseUrl);
  return existsSync(path) ? path : undefined;
}

/** Takes the rights of other users from the demo's retail data. */
export function tightenRetailSource(databaseUrl: string, onWarning: OnWarning): void {
  if (databaseUrl !== IN_MEMORY) tightenFile(pathBeside(databaseUrl), onWarning);
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
