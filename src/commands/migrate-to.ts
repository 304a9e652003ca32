import { parseConfig } from '../config.ts';
import { databaseLocation } from '../config-values.ts';
import { compareDatabases, type TableComparison } from '../db/copy/compare.ts';
import { copyTables } from '../db/copy/copy.ts';
import type { RowDigest } from '../db/copy/digest.ts';
import type { CopyReader } from '../db/copy/endpoints.ts';
import { COPIED_TABLES } from '../db/copy/tables.ts';
import {
  copyLocation,
  DatabaseError,
  freezeDatabase,
  openCopyReader,
  openCopyTarget,
  openStore,
} from '../db/open.ts';
import { IN_MEMORY } from '../lib/path-variable.ts';
import { type CommandContext, CommandError, printMessage } from './command.ts';
import { printComparison } from './comparison-table.ts';
import { startTableProgress, startTaskProgress } from './progress.ts';

export interface MigrateToOptions {
  /** True to compare the databases without copying. */
  verifyOnly: boolean;
  /** True to make the source refuse changes first. */
  freeze: boolean;
}

/** Tasks that one step of the indexing adds. */
const INDEX_BATCH_SIZE = 5000;

/**
 * Copies the configured database into another one, of either dialect, and compares the two. An interrupted copy continues.
 * @param location a URL of PostgreSQL, or the path of a SQLite file
 * @returns 1 if the databases differ
 */
export async function migrateTo(
  context: CommandContext,
  location: string,
  { verifyOnly, freeze }: MigrateToOptions,
): Promise<number> {
  const sourceUrl = parseConfig(context.env).databaseUrl;
  const targetUrl = parseTarget(location);
  if (copyLocation(sourceUrl) === copyLocation(targetUrl))
    throw new CommandError('The target is the database of DATABASE_URL itself; name another one.');
  if (freeze) await freezeSource(context, sourceUrl, verifyOnly ? undefined : targetUrl);
  const source = await openCopyReader(sourceUrl);
  try {
    const digests = verifyOnly ? undefined : await copy(context, source, targetUrl);
    const comparison = await compare(context, source, targetUrl, digests);
    printComparison(context, comparison);
    const differing = comparison.filter(({ isEqual }) => !isEqual).map(({ table }) => table);
    if (differing.length > 0) {
      const names = differing.join(', ');
      if (verifyOnly) {
        printMessage(context, `The databases differ in ${names}.`);
        return 1;
      }
      await discard(targetUrl, differing);
      printMessage(
        context,
        `The databases differ in ${names}, because another process has changed the target; run the command again.`,
      );
      return 1;
    }
    if (!verifyOnly) await finish(targetUrl);
    printMessage(context, 'All tables are equal.');
    return 0;
  } finally {
    await source.close();
  }
}

/** @throws CommandError */
function parseTarget(location: string): string {
  const { data, error } = databaseLocation.safeParse(location);
  if (data === IN_MEMORY)
    throw new CommandError('The target must not be in memory; name a file or a postgres:// URL.');
  if (data !== undefined) return data;
  throw new CommandError(`The target ${error?.issues[0]?.message ?? 'is no location of a database'}.`);
}

/** Makes the source refuse changes, unless one of the two databases is refused: a copy that cannot begin freezes nothing. */
async function freezeSource(
  context: CommandContext,
  sourceUrl: string,
  targetUrl: string | undefined,
): Promise<void> {
  const source = await openCopyReader(sourceUrl);
  await source.close();
  if (targetUrl !== undefined) {
    await forTarget(() => migrateTarget(targetUrl));
    const target = await forTarget(() => openCopyTarget(targetUrl));
    await forTarget(() => target.begin(source.location)).finally(target.close);
  }
  await freezeDatabase(sourceUrl);
  printMessage(context, 'The source is frozen: it refuses changes until taskgate unfreeze.');
}

/** Copies all rows and rebuilds the derived data. @returns the digests of the tables of the source */
async function copy(
  context: CommandContext,
  source: CopyReader,
  targetUrl: string,
): Promise<Map<string, RowDigest>> {
  await forTarget(() => migrateTarget(targetUrl));
  const target = await forTarget(() => openCopyTarget(targetUrl));
  let digests: Map<string, RowDigest>;
  const progress = startTableProgress(context, 'copying');
  try {
    digests = await forTarget(() => copyTables(source, target, { onProgress: progress.update }));
  } finally {
    progress.stop();
    await target.close();
  }
  await rebuild(context, targetUrl);
  return digests;
}

async function migrateTarget(targetUrl: string): Promise<void> {
  const store = openStore(targetUrl, { isCopyTarget: true });
  try {
    await store.migrate();
  } finally {
    await store.close();
  }
}

async function rebuild(context: CommandContext, targetUrl: string): Promise<void> {
  const store = openStore(targetUrl, { isCopyTarget: true });
  const progress = startTaskProgress(context);
  try {
    await store.repair(progress.update);
    while ((await store.index(INDEX_BATCH_SIZE)) > 0);
  } finally {
    progress.stop();
    await store.close();
  }
}

async function compare(
  context: CommandContext,
  source: CopyReader,
  targetUrl: string,
  known: Map<string, RowDigest> | undefined,
): Promise<TableComparison[]> {
  const target = await forTarget(() => openCopyReader(targetUrl));
  const progress = startTableProgress(context, 'comparing');
  try {
    return await compareDatabases(source, target, { onProgress: progress.update, ...(known && { known }) });
  } finally {
    progress.stop();
    await target.close();
  }
}

/** Removes the tables that differ, and the tables that refer to them, so that the next run copies them again. */
async function discard(targetUrl: string, differing: readonly string[]): Promise<void> {
  const first = COPIED_TABLES.findIndex((table) => differing.includes(table));
  // If only the sequences differ, the next run sets them again.
  if (first === -1) return;
  const target = await openCopyTarget(targetUrl);
  await forTarget(() => target.clear(COPIED_TABLES.slice(first))).finally(target.close);
}

async function finish(targetUrl: string): Promise<void> {
  const target = await openCopyTarget(targetUrl);
  await forTarget(() => target.finish()).finally(target.close);
}

/** Messages about a database name the variable of the source, because other commands have no target. */
async function forTarget<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof DatabaseError)) throw error;
    throw new DatabaseError(error.message.replaceAll('DATABASE_URL', 'the target'), { cause: error });
  }
}
