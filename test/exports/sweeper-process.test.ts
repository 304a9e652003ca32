import { existsSync } from 'node:fs';
import { mkdir, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pino } from 'pino';
import { describe, expect, onTestFinished } from 'vitest';
import { openStore } from '../../src/db/open.ts';
import { createExportSweeper } from '../../src/exports/sweeper.ts';
import { createExports } from '../support/exports.ts';
import { addServicesTasks } from '../support/gateway.ts';
import { it, type Sandbox } from '../support/process.ts';
import { aServicesTask } from '../support/tasks.ts';

// Runs the built program on a prepared folder of export files.

const CHAIN = 1764;
const EXPORT_TARGET = { action: 'export', export_index: 'users', export_format: 'csv' };
const DEAD_RUN = '00000000-0000-4000-8000-000000000001';

/** Creates a database with due export tasks, their source, and the environment of a worker. */
async function createExportTasks({ dir, databaseUrl }: Sandbox, count: number) {
  const { sourceUrl } = await createExports('CREATE TABLE users (chain_id); INSERT INTO users VALUES (1764)');
  const store = openStore(databaseUrl);
  onTestFinished(() => store.close());
  await store.migrate();
  const addTask = (id: number) =>
    addServicesTasks(
      store,
      aServicesTask({ id, chain: CHAIN, target: EXPORT_TARGET, trigger: { once: '2020-01-01T00:00:00Z' } }),
    );
  for (let id = 1; id <= count; id += 1) await addTask(id);
  const exportsDir = join(dir, 'exports');
  await mkdir(join(exportsDir, 'unfinished'), { recursive: true });
  await mkdir(join(exportsDir, String(CHAIN)));
  return {
    store,
    exportsDir,
    addTask,
    env: { EXPORTS_DIR: exportsDir, EXPORT_SOURCE_URL: sourceUrl },
    statusOf: async (id: number) => (await store.servicesTaskLifecycle.find(CHAIN, id))?.status,
    files: async () => (await readdir(join(exportsDir, String(CHAIN)))).sort(),
    doneTasks: async () =>
      (await store.servicesTasks.list(CHAIN, { status: 'DONE' }, { limit: 100, offset: 0 })).rows.map(
        ({ id }) => id,
      ),
  };
}

describe('a worker', () => {
  it('removes the files of a killed run, logs a folder that it skips, and exports', async ({ sandbox }) => {
    const { exportsDir, env, statusOf, files } = await createExportTasks(sandbox, 1);
    const stray = join(exportsDir, 'unfinished', 'stray');
    await mkdir(stray);
    await writeFile(join(exportsDir, 'unfinished', `${CHAIN}-5-${DEAD_RUN}.csv`), '');
    await writeFile(join(exportsDir, String(CHAIN), `5-${DEAD_RUN}.csv`), '');
    const worker = sandbox.start(['work'], env);
    await expect.poll(() => statusOf(1), { timeout: 15_000 }).toBe('DONE');
    expect(await worker.waitForLog('export folder entry skipped')).toMatchObject({
      path: stray,
      reason: 'it is not a file',
    });
    await expect.poll(() => readdir(join(exportsDir, 'unfinished'))).toEqual(['stray']);
    await expect.poll(files).toEqual([expect.stringMatching(/^1-/)]);
  });

  it('removes the former file of a task that is replaced and run again', async ({ sandbox }) => {
    const { env, addTask, statusOf, files } = await createExportTasks(sandbox, 1);
    sandbox.start(['work'], env);
    await expect.poll(() => statusOf(1), { timeout: 15_000 }).toBe('DONE');
    const first = await files();
    await addTask(1);
    await expect.poll(() => statusOf(1), { timeout: 15_000 }).toBe('DONE');
    await expect.poll(files).toHaveLength(1);
    expect(await files()).not.toEqual(first);
  });

  it('keeps its files while another process sweeps continuously', async ({ sandbox }) => {
    const { store, exportsDir, env, doneTasks } = await createExportTasks(sandbox, 15);
    const worker = sandbox.start(['work'], env);
    const log = pino({ level: 'silent' });
    const sweeper = createExportSweeper({
      databaseUrl: sandbox.databaseUrl,
      exportsDir,
      store,
      log,
      now: Date.now,
    });
    while ((await doneTasks()).length < 15) await sweeper.sweepAll();
    for (const id of await doneTasks()) {
      const file = await store.servicesTaskLifecycle.findFile(id);
      expect(existsSync(join(exportsDir, file?.path ?? 'none'))).toBe(true);
    }
    worker.kill('SIGTERM');
    expect(await worker.exited).toMatchObject({ code: 0, stderr: '' });
  }, 60_000);
});
