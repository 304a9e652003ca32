import { readdir, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { ExportFile, ExportFileQueries } from '../db/queries/export-files.ts';
import { DAY_MS } from '../time.ts';
import { UNFINISHED } from './files.ts';

/** Limits a sweep to the files of some tasks of a chain. */
export interface SweepScope {
  chain: number;
  tasks: ReadonlySet<number>;
}

export interface SweepOptions {
  exportsDir: string;
  files: ExportFileQueries;
  /** Unix milliseconds. */
  now(): number;
  /** Called for each entry that cannot be removed or read. */
  onSkipped(path: string, reason: string): void;
  signal: AbortSignal;
}

/** How many files one database query checks. Other requests are served between two queries. */
const BATCH_SIZE = 500;

const RUN_ID = '[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}';
const FINISHED_NAME = new RegExp(`^(\\d+)-(${RUN_ID})\\.\\w+$`);
const UNFINISHED_NAME = new RegExp(`^(\\d+)-(\\d+)-(${RUN_ID})\\.\\w+$`);

/**
 * Removes the files of earlier, lost and replaced runs, finished or not. Only file names of runs are removed, so that
 * other files in the folder of a chain stay.
 * @returns how many files of runs it removed
 */
export async function removeUnusedFiles(options: SweepOptions, scope?: SweepScope): Promise<number> {
  const { exportsDir, files, signal } = options;
  let removed = 0;
  // The names must be read before the database (see listUnused).
  const found = [...(await finishedFiles(options, scope)), ...(await unfinishedFiles(options, scope))];
  for (let from = 0; from < found.length && !signal.aborted; from += BATCH_SIZE) {
    for (const { path } of await files.listUnused(found.slice(from, from + BATCH_SIZE))) {
      if (await removeFile(join(exportsDir, path), options)) removed += 1;
    }
  }
  return removed;
}

async function finishedFiles(options: SweepOptions, scope?: SweepScope): Promise<ExportFile[]> {
  const chains = scope ? [String(scope.chain)] : await chainFolders(options);
  const found: ExportFile[] = [];
  for (const chain of chains) {
    for (const entry of await entriesIn(join(options.exportsDir, chain), options)) {
      const [, task, run = ''] = (entry.isFile() && FINISHED_NAME.exec(entry.name)) || [];
      if (task === undefined || (scope && !scope.tasks.has(Number(task)))) continue;
      found.push({ path: `${chain}/${entry.name}`, task: Number(task), run });
    }
  }
  return found;
}

async function chainFolders(options: SweepOptions): Promise<string[]> {
  const folders = (await entriesIn(options.exportsDir, options)).filter((entry) => entry.isDirectory());
  return folders.map(({ name }) => name).filter((name) => /^\d+$/.test(name));
}

/** Returns the unfinished files of runs. Removes other files that have not changed for a day. */
async function unfinishedFiles(options: SweepOptions, scope?: SweepScope): Promise<ExportFile[]> {
  const found: ExportFile[] = [];
  for (const entry of await entriesIn(join(options.exportsDir, UNFINISHED), options)) {
    const path = `${UNFINISHED}/${entry.name}`;
    const [, chain, task, run = ''] = UNFINISHED_NAME.exec(entry.name) ?? [];
    if (scope && (Number(chain) !== scope.chain || !scope.tasks.has(Number(task)))) continue;
    if (!entry.isFile()) options.onSkipped(join(options.exportsDir, path), 'it is not a file');
    else if (task !== undefined) found.push({ path, task: Number(task), run });
    else await removeOld(join(options.exportsDir, path), options);
  }
  return found;
}

async function removeOld(path: string, options: SweepOptions): Promise<void> {
  // Another process may have removed it.
  const stats = await stat(path).catch(() => undefined);
  if (stats && options.now() - stats.mtimeMs > DAY_MS) await removeFile(path, options);
}

async function removeFile(path: string, { onSkipped }: SweepOptions): Promise<boolean> {
  try {
    await rm(path, { force: true });
    return true;
  } catch (error) {
    onSkipped(path, error instanceof Error ? error.message : String(error));
    return false;
  }
}

/** Returns the entries of a folder; none if it does not exist or cannot be read. */
async function entriesIn(folder: string, { onSkipped }: SweepOptions) {
  try {
    return await readdir(folder, { withFileTypes: true });
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return [];
    onSkipped(folder, error instanceof Error ? error.message : String(error));
    return [];
  }
}
