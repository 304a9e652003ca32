import { existsSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, onTestFinished } from 'vitest';
import { openStore } from '../../src/db/open.ts';
import { createExports } from '../support/exports.ts';
import { addServicesTasks, logsOf } from '../support/gateway.ts';
import { it, type Sandbox } from '../support/process.ts';
import { aServicesTask } from '../support/tasks.ts';

const EXPORT = { action: 'export', export_index: 'users', export_format: 'csv' };

/** Adds a due export task to the database of a sandbox. `end` waits until it is DONE or ERROR. */
async function createExportTask({ dir, databaseUrl }: Sandbox) {
  const store = openStore(databaseUrl);
  onTestFinished(() => store.close());
  await store.migrate();
  await addServicesTasks(store, aServicesTask({ id: 1, chain: 1764, target: EXPORT }));
  const exportsDir = join(dir, 'exports');
  const stateOf = async () => (await store.servicesTaskLifecycle.find(1764, 1))?.status;
  return {
    env: { EXPORTS_DIR: exportsDir },
    files: () => readdir(join(exportsDir, '1764')).catch(() => []),
    async end() {
      await expect.poll(stateOf, { timeout: 20_000 }).toMatch(/DONE|ERROR/);
      const logs = logsOf(await store.servicesTaskLifecycle.findLogged(1764, 1, { limit: 10, offset: 0 }));
      return { status: await stateOf(), logs: logs.map(({ message }) => message) };
    },
  };
}

const runDemoOnce = async (sandbox: Sandbox) => {
  const first = await sandbox.serve(['--demo'], { RUN_TASKS: 'no' });
  first.kill('SIGTERM');
  await first.exited;
  expect(existsSync(join(sandbox.dir, 'demo-retail.db'))).toBe(true);
};

describe('the demo export source', () => {
  it.for([['work'], ['serve']])(
    'is not read by %s without --demo, even if it exists',
    async (args, { sandbox }) => {
      await runDemoOnce(sandbox);
      const task = await createExportTask(sandbox);
      sandbox.start(args, task.env);
      expect(await task.end()).toEqual({
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
      expect(await task.end()).toMatchObject({
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
    expect(await task.end()).toEqual({ status: 'DONE', logs: ['Wrote all 1 row of users.'] });
  });
});
