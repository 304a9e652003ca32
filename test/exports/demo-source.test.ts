import { existsSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, onTestFinished } from 'vitest';
import { openStore } from '../../src/db/open.ts';
import { createExports } from '../support/exports.ts';
import { addServicesTasks, logsOf } from '../support/gateway.ts';
import { it, type Sandbox } from '../support/process.ts';
import { isPostgres } from '../support/stores.ts';
import { aServicesTask } from '../support/tasks.ts';

const EXPORT_TARGET = { action: 'export', export_index: 'users', export_format: 'csv' };

/** Creates a database that has one due export task. */
async function createExportTask({ dir, databaseUrl }: Sandbox) {
  const store = openStore(databaseUrl);
  onTestFinished(() => store.close());
  await store.migrate();
  await addServicesTasks(store, aServicesTask({ id: 1, chain: 1764, target: EXPORT_TARGET }));
  const exportsDir = join(dir, 'exports');
  const status = async () => (await store.servicesTaskLifecycle.find(1764, 1))?.status;
  return {
    env: { EXPORTS_DIR: exportsDir },
    files: () => readdir(join(exportsDir, '1764')).catch(() => []),
    /** Waits until the task has ended. */
    async ended() {
      await expect.poll(status, { timeout: 20_000 }).toMatch(/DONE|ERROR/);
      const logs = logsOf(await store.servicesTaskLifecycle.findLogged(1764, 1, { limit: 10, offset: 0 }));
      return { status: await status(), logs: logs.map(({ message }) => message) };
    },
  };
}

/** Runs the demo once, so that its export source exists, unless it was in the temporary folder of the process. */
const runDemoOnce = async (sandbox: Sandbox) => {
  const server = await sandbox.serve(['--demo'], { RUN_TASKS: 'no' });
  server.kill('SIGTERM');
  await server.exited;
  expect(existsSync(join(sandbox.dir, 'demo-retail.db'))).toBe(!isPostgres());
};

describe('the export source of the demo', () => {
  it.for([['work'], ['serve']])(
    'is not read by %s without --demo, even if it exists',
    async (args, { sandbox }) => {
      await runDemoOnce(sandbox);
      const task = await createExportTask(sandbox);
      sandbox.start(args, task.env);
      expect(await task.ended()).toEqual({
        status: 'ERROR',
        logs: ['No export source is configured. The operator of this server must set EXPORT_SOURCE_URL.'],
      });
      expect(await task.files()).toEqual([]);
    },
  );

  it.for([['work'], ['serve']])(
    'is created and read by %s with --demo',
    async ([command = ''], { sandbox }) => {
      const task = await createExportTask(sandbox);
      sandbox.start([command, '--demo'], task.env);
      expect(await task.ended()).toMatchObject({
        status: 'DONE',
        logs: [expect.stringMatching(/^Wrote all \d+ rows of users\.$/)],
      });
    },
  );

  it('is replaced by EXPORT_SOURCE_URL', async ({ sandbox }) => {
    const { sourceUrl } = await createExports(
      'CREATE TABLE users (chain_id); INSERT INTO users VALUES (1764)',
    );
    const task = await createExportTask(sandbox);
    sandbox.start(['work', '--demo'], { ...task.env, EXPORT_SOURCE_URL: sourceUrl });
    expect(await task.ended()).toEqual({ status: 'DONE', logs: ['Wrote all 1 row of users.'] });
  });
});
