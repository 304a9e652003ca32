import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect } from 'vitest';
import { it, type Sandbox, stopServer } from './support/process.ts';

const DRIZZLE_IMPORTS = fileURLToPath(new URL('../dist/db/drizzle-imports.js', import.meta.url));
const RECORDER = fileURLToPath(new URL('./support/child/record-imports.js', import.meta.url));

/** Loads what the store loads, and more. */
const PROGRAM = ['better-sqlite3/migrator', 'node-postgres/migrator', 'sqlite-core', 'pg-core']
  .map((path) => `import 'drizzle-orm/${path}';`)
  .join('\n');

const recordingIn = (sandbox: Sandbox) => ({
  NODE_OPTIONS: `--import ${RECORDER}`,
  RECORDS: join(sandbox.dir, 'records'),
});

/** Returns the records of one kind, as words. */
function listRecords(sandbox: Sandbox, kind: 'resolve' | 'load'): string[][] {
  const lines = readFileSync(join(sandbox.dir, 'records'), 'utf8').split('\n');
  return lines.map((line) => line.split(' ')).filter(([first]) => first === kind);
}

describe('the imports of Drizzle', () => {
  it('load the modules that Node.js finds, with their formats', async ({ sandbox }) => {
    const load = async (args: readonly string[]) => {
      const program = sandbox.node([...args, '--input-type=module', '--eval', PROGRAM], recordingIn(sandbox));
      expect(await program.exited).toMatchObject({ code: 0, stderr: '' });
      return listRecords(sandbox, 'load').map(([, url, format]) => ({ url, format }));
    };
    const found = await load([]);
    expect(found.length).toBeGreaterThan(100);
    expect((await load(['--import', DRIZZLE_IMPORTS])).slice(found.length)).toEqual(found);
  });

  it.for([
    { processes: 'one process', args: [], threads: 2 },
    { processes: 'several processes', args: ['--workers', '2'], threads: 5 },
  ])('are not resolved by Node.js in $processes and its threads', async ({ args, threads }, { sandbox }) => {
    const server = await sandbox.serve(args, recordingIn(sandbox));
    // The threads are loaded in the background. An import between two modules leads to this one.
    const countThreads = () =>
      listRecords(sandbox, 'load').filter(([, url]) => url?.endsWith('/entity.js')).length;
    await expect.poll(countThreads, { timeout: 30_000 }).toBeGreaterThanOrEqual(threads);
    await stopServer(server);
    expect(listRecords(sandbox, 'resolve')).toEqual([]);
  });
});
