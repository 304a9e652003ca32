import { join } from 'node:path';
import { z } from 'zod';
import type { Config } from '../config.ts';
import { createDemoSource, type DemoRow, isDemoSource } from '../db/demo-source.ts';
import { databaseFolder } from '../db/open.ts';
import { type OnWarning, tightenFile } from '../lib/file-permissions.ts';
import type { TemporaryFolder } from '../temporary-folder.ts';
import { readSeed } from './seeds.ts';

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
 * Creates the demo's retail data (`seeds/retail.json`) as `demo-retail.db` in a folder, and replaces an older one. Called
 * for a demo only, so that no export of real tasks reads demo data.
 * @param now Unix milliseconds
 * @returns its path
 * @throws DatabaseError if there is another file, such as the database itself
 */
export function makeRetailSource(folder: string, now: number): string {
  const path = join(folder, FILE);
  const tables = Object.entries(retailFile.parse(readSeed('retail')));
  createDemoSource(
    path,
    Object.fromEntries(tables.map(([index, rows]) => [index, rows.map((row) => dated(row, now))])),
  );
  return path;
}

export interface ExportSourceOptions {
  /** True if the demo's retail data is exported when no source is configured. */
  demo: boolean;
  /** Unix milliseconds. */
  now: number;
  /** Holds the retail data of a database in memory. */
  temporaryFolder: TemporaryFolder;
}

/**
 * Returns the database that exports read: the configured one or, for a demo alone, the demo's retail data, which is created
 * in the folder of the database. Without both, export tasks end in ERROR, also when an earlier demo has left its file.
 */
export function exportSourceOf(
  { exportSourceUrl, databaseUrl }: Pick<Config, 'exportSourceUrl' | 'databaseUrl'>,
  { demo, now, temporaryFolder }: ExportSourceOptions,
): string | undefined {
  if (exportSourceUrl !== undefined || !demo) return exportSourceUrl;
  return makeRetailSource(databaseFolder(databaseUrl) ?? temporaryFolder.path(), now);
}

/** Takes the rights of other users from the demo's retail data. Another file of that name is left as it is. */
export function tightenRetailSource(databaseUrl: string, onWarning: OnWarning): void {
  const folder = databaseFolder(databaseUrl);
  if (folder === undefined) return;
  const path = join(folder, FILE);
  if (isDemoSource(path)) tightenFile(path, onWarning);
}

function dated(row: DemoRow, now: number): DemoRow {
  return Object.fromEntries(Object.entries(row).map(([key, value]) => [key, datedValue(value, now)]));
}

function datedValue(value: string | number | null, now: number): string | number | null {
  const ago = typeof value === 'string' ? AGO.exec(value) : null;
  if (!ago) return value;
  const hours = Number(ago[1]) * (ago[2] === 'd' ? 24 : 1);
  return `${new Date(now - hours * HOUR_MS).toISOString().slice(0, 19)}Z`;
}
