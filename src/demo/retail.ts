import { join } from 'node:path';
import { z } from 'zod';
import type { Config } from '../config.ts';
import { createDemoSource, type DemoRow, isDemoSource } from '../db/demo-source.ts';
import { databaseFolder } from '../db/open.ts';
import { type OnWarning, tightenFile } from '../lib/file-permissions.ts';
import type { TemporaryFolder } from '../temporary-folder.ts';
import { HOUR_MS } from '../time.ts';
import { readSeed } from './seeds.ts';

/** The rows of each export index. */
const retailFile = z.record(
  z.string(),
  z.array(z.record(z.string(), z.union([z.string(), z.number(), z.null()]))).min(1),
);

const FILE_NAME = 'demo-retail.db';

/** A time relative to now, such as `now-5h` or `now-3d`, so that the last 24 hours always have rows. */
const RELATIVE_TIME = /^now-(\d+)([hd])$/;

/**
 * Creates the demo's retail data (`seeds/retail.json`) as `demo-retail.db` in a folder, and replaces an older one. Only for a
 * demo, so that no export of real tasks reads demo data.
 * @param now Unix milliseconds
 * @returns its path
 * @throws DatabaseError if the path is another file, such as the database itself
 */
export function createRetailSource(folder: string, now: number): string {
  const path = join(folder, FILE_NAME);
  const tables = Object.entries(retailFile.parse(readSeed('retail')));
  createDemoSource(
    path,
    Object.fromEntries(tables.map(([index, rows]) => [index, rows.map((row) => resolveTimes(row, now))])),
  );
  return path;
}

export interface ExportSourceOptions {
  /** True: exports read the demo's retail data if no source is configured. */
  demo: boolean;
  /** Unix milliseconds. */
  now: number;
  /** Holds the retail data of a database in memory. */
  temporaryFolder: TemporaryFolder;
}

/**
 * Returns the database that exports read: the configured one or, for a demo, the demo's retail data, which is created in the
 * folder of the database. Otherwise returns undefined, and export tasks end in ERROR.
 */
export function exportSourceOf(
  { exportSourceUrl, databaseUrl }: Pick<Config, 'exportSourceUrl' | 'databaseUrl'>,
  { demo, now, temporaryFolder }: ExportSourceOptions,
): string | undefined {
  if (exportSourceUrl !== undefined || !demo) return exportSourceUrl;
  return createRetailSource(databaseFolder(databaseUrl) ?? temporaryFolder.path(), now);
}

/** Removes the rights of other users from the demo's retail data. Does not change another file with that name. */
export function tightenRetailSource(databaseUrl: string, onWarning: OnWarning): void {
  const folder = databaseFolder(databaseUrl);
  if (folder === undefined) return;
  const path = join(folder, FILE_NAME);
  if (isDemoSource(path)) tightenFile(path, onWarning);
}

function resolveTimes(row: DemoRow, now: number): DemoRow {
  return Object.fromEntries(Object.entries(row).map(([key, value]) => [key, resolveTime(value, now)]));
}

function resolveTime(value: string | number | null, now: number): string | number | null {
  const match = typeof value === 'string' ? RELATIVE_TIME.exec(value) : null;
  if (!match) return value;
  const hours = Number(match[1]) * (match[2] === 'd' ? 24 : 1);
  return `${new Date(now - hours * HOUR_MS).toISOString().slice(0, 19)}Z`;
}
