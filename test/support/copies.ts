/** Copies of databases, and their comparison. */
import { randomBytes } from 'node:crypto';
import { Readable, Writable } from 'node:stream';
import { exitCodeOf } from '../../src/commands/command.ts';
import { migrateTo } from '../../src/commands/migrate-to.ts';
import { compareDatabases } from '../../src/db/copy/compare.ts';
import { openCopyReader } from '../../src/db/open.ts';
import { NOW } from './gateway.ts';
import { createMigratedFile } from './migrated-file.ts';
import { takePostgresDatabase } from './postgres-databases.ts';

export interface CopyResult {
  code: number;
  stdout: string;
  stderr: string;
}

/** Runs `taskgate migrate-to` in this process. */
export async function runMigrateTo(
  sourceUrl: string,
  targetUrl: string,
  options: { verifyOnly?: boolean; freeze?: boolean } = {},
): Promise<CopyResult> {
  const output = { stdout: '', stderr: '' };
  const collect = (name: keyof typeof output) =>
    new Writable({
      write(chunk, _, done) {
        output[name] += String(chunk);
        done();
      },
    });
  const context = {
    env: { DATABASE_URL: sourceUrl, SYNCHRONOUS_COMMIT: 'no' },
    stdin: Readable.from([]),
    stdout: collect('stdout'),
    stderr: collect('stderr'),
    now: () => NOW,
    randomBytes,
    onStopSignal: () => () => {},
  };
  const code = await exitCodeOf(context, () =>
    migrateTo(context, targetUrl, { verifyOnly: false, freeze: false, ...options }),
  );
  return { code, ...output };
}

/** Returns the names of the tables that differ. */
export async function differingTables(sourceUrl: string, targetUrl: string): Promise<string[]> {
  const [source, target] = [await openCopyReader(sourceUrl), await openCopyReader(targetUrl)];
  const comparison = await compareDatabases(source, target);
  await Promise.all([source.close(), target.close()]);
  return comparison.filter(({ isEqual }) => !isEqual).map(({ table }) => table);
}

/** Creates an empty, migrated database. The caller removes it. */
export async function createDatabase(
  dialect: 'sqlite' | 'postgres',
): Promise<{ url: string; remove(): Promise<void> }> {
  if (dialect === 'postgres') {
    const { url, release } = await takePostgresDatabase();
    return { url, remove: release };
  }
  const { file, remove } = await createMigratedFile();
  return { url: file, remove: async () => remove() };
}
