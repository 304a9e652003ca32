import { mkdir, readdir, readFile, utimes, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { pino } from 'pino';
import { describe, expect, it, onTestFinished } from 'vitest';
import type { Store } from '../../src/db/open.ts';
import { createExportSweeper, type ExportSweeper } from '../../src/exports/sweeper.ts';
import type { RunAction } from '../../src/runner/run-action.ts';
import { createExports } from '../support/exports.ts';
import { addServicesTasks, NOW } from '../support/gateway.ts';
import { openTestStore } from '../support/stores.ts';
import { aServicesTask } from '../support/tasks.ts';

const CHAIN = 1764;
const ACTIONS = ['export'];
const uuidOf = (n: number) => `00000000-0000-4000-8000-${String(n).padStart(12, '0')}`;
const fileOf = (task: number, run: number) => `${CHAIN}/${task}-${uuidOf(run)}.csv`;
const unfinishedOf = (task: number, run: number) => `unfinished/${CHAIN}-${task}-${uuidOf(run)}.csv`;

const rejectRuns: RunAction = () => Promise.reject(new Error('This test runs no action.'));

/** Creates a database with tasks 1 to 4, a folder of export files, and functions that begin and end runs. */
async function createFolder() {
  const { exportsDir, files } = await createExports('');
  const store = await openTestStore({ leaseClock: () => NOW });
  onTestFinished(() => store.close());
  for (const id of [1, 2, 3, 4]) {
    await addServicesTasks(store, aServicesTask({ id, chain: CHAIN, target: { action: 'export' } }));
  }
  const logEntries: { msg: string; path?: string }[] = [];
  const log = pino({ base: null }, { write: (line: string) => logEntries.push(JSON.parse(line)) });
  const createSweeper = (sweptStore = store, databaseUrl = 'a.db') =>
    createExportSweeper({ databaseUrl, exportsDir, store: sweptStore, log, now: () => NOW });
  const write = async (path: string, hoursAgo = 0) => {
    await mkdir(dirname(join(exportsDir, path)), { recursive: true });
    await writeFile(join(exportsDir, path), 'id\r\n');
    const modifiedAt = (NOW - hoursAgo * 3_600_000) / 1000;
    await utimes(join(exportsDir, path), modifiedAt, modifiedAt);
  };
  const begin = (task: number, run: number) =>
    store.taskRuns.claim(CHAIN, task, ACTIONS, { run: uuidOf(run), leaseMs: -1 });
  const end = (task: number, run: number, runs = store.taskRuns) =>
    runs.finish(task, uuidOf(run), {
      status: 'DONE',
      result: 'x.csv',
      file: fileOf(task, run),
      logs: [],
      now: NOW,
      nextTask: undefined,
    });
  // A database claims a folder only if one of its tasks has a file.
  await begin(4, 4);
  await end(4, 4);
  return {
    exportsDir,
    store,
    logEntries,
    createSweeper,
    write,
    begin,
    /** Sweeps the whole folder once. */
    sweep: (sweptStore = store) => createSweeper(sweptStore).sweepAll(),
    /** Lists all files except the one that names the database. */
    files: async () => (await files()).filter((path) => path !== '.database'),
    end,
  };
}

describe('export files', () => {
  it('are removed if no task and no run uses them', async () => {
    const { begin, end, write, sweep, files } = await createFolder();
    await begin(1, 1);
    await end(1, 1);
    await begin(1, 2);
    await end(1, 2);
    await begin(2, 3);
    for (const file of [fileOf(1, 1), fileOf(1, 2), fileOf(1, 9), fileOf(2, 3), fileOf(77, 4)])
      await write(file);
    for (const file of [unfinishedOf(2, 3), unfinishedOf(2, 8), unfinishedOf(3, 3)]) await write(file);
    await sweep();
    // The run of task 2 keeps its files, even after its lease has expired, until another run claims the task.
    expect(await files()).toEqual([fileOf(1, 2), fileOf(2, 3), unfinishedOf(2, 3)]);
  });

  it('are removed if they belong to a run that lost its task, and kept if they belong to a rerun', async () => {
    const { begin, end, write, sweep, files } = await createFolder();
    await begin(1, 1);
    await end(1, 1);
    await begin(1, 2);
    await begin(1, 3);
    for (const run of [1, 2, 3]) await write(fileOf(1, run));
    await sweep();
    expect(await files()).toEqual([fileOf(1, 1), fileOf(1, 3)]);
  });

  it.each([
    ['replaced by an import', { id: 1, chain: CHAIN }],
    ['moved to another chain', { id: 1, chain: 9 }],
  ])('of a task that was %s are removed', async (_, changes) => {
    const { begin, end, write, sweep, files, store } = await createFolder();
    await begin(1, 1);
    await write(fileOf(1, 1));
    await end(1, 1);
    await sweep();
    expect(await files()).toEqual([fileOf(1, 1)]);
    await addServicesTasks(store, aServicesTask(changes));
    await sweep();
    expect(await files()).toEqual([]);
  });

  it('of earlier runs of a task are removed when a run ends; other tasks are not checked', async () => {
    const { createSweeper, exportsDir, store, begin, end, write, files } = await createFolder();
    const sweeper = createSweeper();
    await mkdir(exportsDir);
    await sweeper.sweepAll();
    const { runs } = sweeper.watch({ runs: store.taskRuns, runAction: rejectRuns });
    for (const run of [1, 2]) {
      await begin(1, run);
      await write(fileOf(1, run));
      await write(unfinishedOf(1, 7));
      await write(fileOf(2, 9));
      await end(1, run, runs);
      await expect.poll(files).toEqual([fileOf(1, run), fileOf(2, 9)]);
    }
    await sweeper.stop();
  });

  it('of a run that lost its task are removed when the run ends', async () => {
    const { createSweeper, store, begin, write, files } = await createFolder();
    const sweeper = createSweeper();
    await begin(1, 1);
    const abort = new AbortController();
    const runAction: RunAction = async () => {
      await begin(1, 2);
      abort.abort();
      await write(fileOf(1, 1));
      return { outcome: { result: 'x.csv', file: fileOf(1, 1) } };
    };
    const task = { id: 1, chain: CHAIN, trigger: {}, target: {} };
    const listener = { log: () => {}, signal: abort.signal };
    const watched = sweeper.watch({ runs: store.taskRuns, runAction });
    await watched.runAction({ runId: uuidOf(1), action: 'export', task }, listener);
    await expect.poll(files).toEqual([]);
    await sweeper.stop();
  });

  it('are kept if the database is in memory', async () => {
    const { createSweeper, store, write, files } = await createFolder();
    await write(fileOf(1, 1));
    await createSweeper(store, ':memory:').sweepAll();
    expect(await files()).toEqual([fileOf(1, 1)]);
  });

  it('with a name that no run writes are kept, except old ones in the folder unfinished', async () => {
    const { write, sweep, files, logEntries, exportsDir } = await createFolder();
    const otherFiles = [
      `${CHAIN}/2026-11-25.csv`,
      `${CHAIN}/1-notes.csv`,
      'notes/1.csv',
      'README',
      'unfinished/x/1.csv',
    ];
    for (const path of otherFiles) await write(path, 48);
    await write('unfinished/1-6-new.csv', 23);
    await write('unfinished/1-5-old.csv', 25);
    await mkdir(join(exportsDir, CHAIN.toString(), `1-${uuidOf(1)}.csv`));
    await sweep();
    await sweep();
    expect(await files()).toEqual([...otherFiles, 'unfinished/1-6-new.csv'].sort());
    expect(logEntries).toContainEqual(
      expect.objectContaining({
        msg: 'export folder entry skipped',
        path: join(exportsDir, 'unfinished/x'),
        reason: 'it is not a file',
      }),
    );
  });

  it('are kept until a task of the database has a file: another database could own them', async () => {
    const { write, sweep, files, store, begin } = await createFolder();
    await begin(4, 5);
    const failed = {
      status: 'ERROR',
      result: null,
      file: null,
      logs: [],
      now: NOW,
      nextTask: undefined,
    } as const;
    await store.taskRuns.finish(4, uuidOf(5), failed);
    await write(fileOf(1, 1));
    await sweep();
    expect(await files()).toEqual([fileOf(1, 1)]);
  });

  it('of another database are never removed', async () => {
    const { write, sweep, files, logEntries } = await createFolder();
    await write(`${CHAIN}/notes.csv`);
    await sweep();
    await write(fileOf(1, 1));
    const other = await createFolder();
    await sweep(other.store);
    expect(await files()).toContain(fileOf(1, 1));
    expect(logEntries).toContainEqual(
      expect.objectContaining({
        reason: 'another database owns this folder; give each its own EXPORTS_DIR',
      }),
    );
  });

  it('are removed even if other entries cannot be read', async () => {
    const { write, sweep, files, logEntries, exportsDir } = await createFolder();
    await write(fileOf(1, 1));
    await write('unfinished');
    await sweep();
    expect(await files()).toEqual(['unfinished']);
    expect(logEntries).toContainEqual(
      expect.objectContaining({
        msg: 'export folder entry skipped',
        path: join(exportsDir, 'unfinished'),
        reason: expect.stringContaining('ENOTDIR'),
      }),
    );
  });

  it.each(['', '0123abc'])('are removed even if the file .database is incomplete (%j)', async (content) => {
    const { write, sweep, files, exportsDir } = await createFolder();
    await write(fileOf(1, 1));
    await writeFile(join(exportsDir, '.database'), content);
    await sweep();
    expect(await files()).toEqual([]);
    expect(await readFile(join(exportsDir, '.database'), 'utf8')).toMatch(/^[0-9a-f]{32}\n$/);
    expect(await readdir(exportsDir)).toEqual(['.database', String(CHAIN)]);
  });
});

describe('an export', () => {
  const DONE = { outcome: { result: 'x.csv' } };
  const FOREIGN_FOLDER = {
    failure:
      'The folder of export files belongs to another database. The operator of this server must set EXPORTS_DIR to another folder.',
  };
  /** Runs an action through the sweeper of a database. */
  const runAction = (sweeper: ExportSweeper, store: Store, action = 'export') => {
    const watched = sweeper.watch({ runs: store.taskRuns, runAction: async () => DONE });
    const task = { id: 1, chain: CHAIN, trigger: {}, target: {} };
    const listener = { log: () => {}, signal: new AbortController().signal };
    return watched.runAction({ runId: uuidOf(1), action, task }, listener);
  };

  it('fails in the folder of another database, from the first export on', async () => {
    const { createSweeper, store } = await createFolder();
    const other = await createFolder();
    expect(await runAction(createSweeper(), store)).toEqual(DONE);
    expect(await runAction(createSweeper(other.store), other.store)).toEqual(FOREIGN_FOLDER);
    expect(await runAction(createSweeper(other.store, ':memory:'), other.store)).toEqual(FOREIGN_FOLDER);
    expect(await runAction(createSweeper(other.store), other.store, 'reindex')).toEqual(DONE);
    expect(await runAction(createSweeper(), store)).toEqual(DONE);
  });

  it('of an in-memory database does not claim the folder', async () => {
    const { createSweeper, store } = await createFolder();
    const other = await createFolder();
    expect(await runAction(createSweeper(other.store, ':memory:'), other.store)).toEqual(DONE);
    expect(await runAction(createSweeper(), store)).toEqual(DONE);
  });

  it('claims the folder for only one of two concurrent databases', async () => {
    const { createSweeper, store } = await createFolder();
    const other = await createFolder();
    const results = await Promise.all([
      runAction(createSweeper(), store),
      runAction(createSweeper(other.store), other.store),
    ]);
    expect(results).toHaveLength(2);
    expect(results).toEqual(expect.arrayContaining([DONE, FOREIGN_FOLDER]));
  });

  it('fails if the folder cannot be used, with the cause only in the log', async () => {
    const { createSweeper, store, write, exportsDir } = await createFolder();
    await write('.database/x');
    expect(await runAction(createSweeper(), store)).toMatchObject({
      failure: "The folder of export files cannot be used; the server's log says why.",
      cause: { message: expect.stringContaining('EISDIR') },
    });
    expect(await readdir(exportsDir)).toEqual(['.database']);
  });
});
