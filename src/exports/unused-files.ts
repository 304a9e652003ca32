import { readdir, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { ExportFile, ExportFileQueries } from '../db/queries/export-files.ts';
import { DAY_MS } from '../time.ts';
import { UNFINISHED } from './files.ts';

/** Some tasks of a chain, whose files are looked at. */
export interface SweepScope {
  chain: number;
  tasks: ReadonlySet<number>;
}

export interface SweepOptions {
  exportsDir: string;
  files: ExportFileQueries;
  /** Unix milliseconds. */
  now(): number;
  /** Called for each entry that cannot be removed or does not belong here, with its path. */
  onSkipped(path: string, reason: string): void;
  signal: AbortSignal;
}

/** How many files one statement checks; other requests are served between two. */
const BATCH_SIZE = 500;

const RUN = '[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}';
const FINISHED_NAME = new RegExp(`^(\\d+)-(${RUN})\\.\\w+$`);
const UNFINISHED_NAME = new RegExp(`^(\\d+)-(\\d+)-(${RUN})\\.\\w+$`);

/**
 * Removes the files of earlier, lost and replaced runs, finished or not. Only names that runs give are removed: an
 * operator's own file in the folder of a chain stays.
 * @param scope limits it to some tasks
 * @returns how many files it removed, those in `unfinished/` of other names aside
 */
export async function removeUnusedFiles(options: SweepOptions, scope?: SweepScope): Promise<number> {
  const { exportsDir, files, signal } = options;
  let removed = 0;
  // The names are read before the database is asked: see listUnused.
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

/** Removes the files there that no run can have written and that nobody has written to for a day. */
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
  // Another process may be doing the same.
  const written = await stat(path).catch(() => undefined);
  if (written && options.now() - written.mtimeMs > DAY_MS) await removeFile(path, options);
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

/** Returns the entries of a folder; none if it is not there or, which is reported, cannot be read. */
async function entriesIn(folder: string, { onSkipped }: SweepOptions) {
  try {
    return await readdir(folder, { withFileTypes: true });
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return [];
    onSkipped(folder, error instanceof Error ? error.message : String(error));
    return [];
  }
}
