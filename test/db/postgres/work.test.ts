import { expect } from 'vitest';
import { it } from '../../support/process.ts';
import { openRawConnection } from '../../support/raw-connection.ts';
import { countTasks, createTask, createTaskStore, startWork } from '../../support/workers.ts';

it('taskgate work folds pending changes, also without a server', async ({ sandbox }) => {
  const store = await createTaskStore(sandbox, createTask(1, { action: 'mark', takes: 1 }));
  const connection = await openRawConnection(sandbox.databaseUrl);
  const pending = async () =>
    (await connection.rows<{ count: number }>('SELECT count(*) FROM pending_services_changes'))[0]?.count;
  expect(await pending()).toBeGreaterThan(0);
  const worker = startWork(sandbox);
  await expect.poll(() => countTasks(store, 'DONE'), { timeout: 10_000 }).toBe(1);
  await expect.poll(pending, { timeout: 10_000 }).toBe(0);
  worker.kill('SIGTERM');
  expect(await worker.exited).toMatchObject({ code: 0, stderr: '' });
  expect(await store.verify()).toEqual([]);
  await connection.close();
  await store.close();
});
