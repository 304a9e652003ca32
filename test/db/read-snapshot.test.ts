import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { describeDialects } from '../support/dialects.ts';
import { addServicesTasks } from '../support/gateway.ts';
import { aServicesTask } from '../support/tasks.ts';

const CHAIN = 1764;
const RUNS = 300;
const END_RUNS = fileURLToPath(new URL('../support/child/end-runs.js', import.meta.url));

describeDialects('a task and its log', ({ createDatabase }) => {
  it('are read at one moment, also while another process ends runs', async () => {
    const database = await createDatabase();
    const store = database.openStore();
    await addServicesTasks(store, aServicesTask({ id: 1, chain: CHAIN }));
    const child = execFile(process.execPath, [END_RUNS, database.url, String(CHAIN), '1', String(RUNS)]);
    const ended = once(child, 'exit');
    const versions = new Set<number>();
    const torn: string[] = [];
    while (child.exitCode === null) {
      for (let n = 0; n < 20; n += 1) {
        const found = await store.servicesTaskLifecycle.findLogged(CHAIN, 1, { limit: 1000, offset: 0 });
        const { version, status } = found?.task ?? { version: -1, status: 'READY' };
        versions.add(version);
        // A claim adds one to the version; the end of the run adds one more, and a line to the log in the same transaction.
        const isWhole =
          found?.logs.length === Math.floor(version / 2) && (status === 'INPROGRESS') === (version % 2 === 1);
        if (!isWhole) torn.push(`${status} ${version} ${found?.logs.length}`);
      }
      await new Promise(setImmediate);
    }
    expect(await ended).toEqual([0, null]);
    expect(torn).toEqual([]);
    expect(versions).toContain(2 * RUNS);
    expect(versions.size).toBeGreaterThan(10);
    await store.close();
    await database.remove();
  });
});
