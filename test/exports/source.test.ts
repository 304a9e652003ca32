import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import Database from 'better-sqlite3';
import { describe, expect, it, onTestFinished } from 'vitest';
import { openStore } from '../../src/db/open.ts';
import { SourceLockedError, translateErrors } from '../../src/db/source-errors.ts';
import { openWhenUnlocked } from '../../src/exports/open-source.ts';
import { createExports } from '../support/exports.ts';
import { addServicesTasks, logsOf } from '../support/gateway.ts';
import { it as processTest } from '../support/process.ts';
import { aServicesTask } from '../support/tasks.ts';

const SOURCE = 'CREATE TABLE users (chain_id); INSERT INTO users VALUES (1), (1)';

/** Locks a database as a commit does. */
function lock(path: string) {
  const sqlite = new Database(path);
  sqlite.exec('BEGIN EXCLUSIVE');
  onTestFinished(() => void sqlite.close());
  return { release: () => sqlite.exec('COMMIT') };
}

describe('a locked export source', () => {
  it('is retried until the lock ends, which the log says', async () => {
    const exports = await createExports(SOURCE);
    const { release } = lock(exports.sourceUrl);
    const running = exports.run();
    await setTimeout(2500);
    release();
    const { text, log } = await running;
    expect(JSON.parse(text)).toHaveLength(2);
    expect(log).toEqual([
      'warning: The export source is locked by another program; the export waits up to 60 seconds.',
      'info: Wrote all 2 rows of users.',
    ]);
  });

  it('is an error after the timeout', async () => {
    const { sourceUrl } = await createExports(SOURCE);
    lock(sourceUrl);
    const error = await openWhenUnlocked(sourceUrl, { timeoutMs: 500 }).catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(SourceLockedError);
    expect(error).toMatchObject({
      message:
        'The export source is locked by another program. Run the task again when that program has ended.',
      cause: { code: 'SQLITE_BUSY', message: `${sourceUrl}: database is locked` },
    });
  });

  it('does not delay the abort of a run', async () => {
    const exports = await createExports(SOURCE);
    lock(exports.sourceUrl);
    const stop = new AbortController();
    const running = exports.run({ context: { signal: stop.signal } });
    await setTimeout(1200);
    stop.abort(new Error('stopped'));
    expect((await running).error?.message).toBe('stopped');
    expect(await exports.files()).toEqual([]);
  });
});

/** Unusable sources: description, file, and the message in the server log. */
const UNUSABLE_SOURCES: [string, string, string][] = [
  ['a missing file', 'none.db', 'none.db: ENOENT: no such file or directory'],
  ['a missing folder', 'none/none.db', 'none/none.db: ENOENT: no such file or directory'],
  ['a folder', '.', '.: it is not a file'],
  ['a file that is not a database', 'text.db', 'text.db: file is not a database'],
  ['an invalid view', 'source.db', 'source.db: no such table: main.gone'],
  ['a damaged table', 'damaged.db', 'damaged.db: database disk image is malformed'],
];

/** Creates a folder that has these files. */
async function createUnusableSources() {
  const { directory, run } = await createExports('CREATE VIEW users AS SELECT chain_id FROM gone');
  await writeFile(join(directory, 'text.db'), 'This is not a database. '.repeat(100));
  const damaged = await createExports(SOURCE);
  const bytes = await readFile(damaged.sourceUrl);
  // The second page contains the table.
  await writeFile(join(directory, 'damaged.db'), bytes.fill(0xff, 4096));
  return { directory, run };
}

describe('an unusable export source', () => {
  it.each(UNUSABLE_SOURCES)(
    'is reported with its cause, but not in the message for clients: %s',
    async (_, file, cause) => {
      const { directory, run } = await createUnusableSources();
      const { error } = await run({ context: { exportSourceUrl: `${directory}/${file}` } });
      expect(error?.message).toMatch(/^The export source cannot be (opened|read)\. The operator/);
      expect(error?.message).not.toContain(directory);
      expect(error?.cause).toMatchObject({ message: expect.stringContaining(cause) });
    },
  );

  it('does not hide other errors: a bug of the program is thrown unchanged', () => {
    const bug = new TypeError('undefined is not a function');
    const fail = () => {
      throw bug;
    };
    expect(() => translateErrors('x.db', 'read', fail)).toThrow(bug);
  });

  processTest('is logged by the server with its cause, the task and the run', async ({ sandbox }) => {
    const { directory } = await createUnusableSources();
    const store = openStore(sandbox.databaseUrl);
    await store.migrate();
    const target = { action: 'export', export_index: 'users', export_format: 'csv' };
    await addServicesTasks(store, aServicesTask({ id: 7, chain: 1, target }));
    const worker = sandbox.start(['work'], {
      EXPORTS_DIR: join(sandbox.dir, 'exports'),
      EXPORT_SOURCE_URL: join(directory, 'damaged.db'),
    });
    expect(await worker.waitForLog('run failed')).toMatchObject({
      task: 7,
      run: expect.stringMatching(/^[\w-]{36}$/),
      err: {
        message: `${join(directory, 'damaged.db')}: database disk image is malformed`,
        code: 'SQLITE_CORRUPT',
      },
    });
    await expect.poll(async () => (await store.servicesTaskLifecycle.find(1, 7))?.status).toBe('ERROR');
    const [entry] = logsOf(await store.servicesTaskLifecycle.findLogged(1, 7, { limit: 10, offset: 0 }));
    expect(entry?.message).toBe(
      "The export source cannot be read. The operator of this server must check it; the server's log has the cause.",
    );
    await store.close();
  });
});
