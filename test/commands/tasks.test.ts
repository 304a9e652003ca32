import { describe, expect, it } from 'vitest';
import { openStore } from '../../src/db/open.ts';
import { createCli } from '../support/cli.ts';
import { addServicesTasks, NOW } from '../support/gateway.ts';
import { aServicesTask } from '../support/tasks.ts';

const LEASE_MS = 30_000;

describe('taskgate tasks remove', () => {
  it('removes a task of any chain with its log, and keeps the lists exact', async () => {
    const cli = await createCli();
    const store = openStore(cli.databaseUrl());
    await store.migrate();
    await addServicesTasks(store, aServicesTask({ id: 1 }), aServicesTask({ id: 2, chain: 9 }));
    expect(await cli.run(['tasks', 'remove', '2'])).toEqual({
      code: 0,
      stdout: '',
      stderr: 'Task 2 is removed.\n',
    });
    expect(await store.servicesTaskLifecycle.find(9, 2)).toBeUndefined();
    expect((await store.servicesTasks.list(9, {}, { limit: 1, offset: 0 })).total).toBe(0);
    expect((await store.servicesTasks.list(1764, {}, { limit: 1, offset: 0 })).total).toBe(1);
    expect(await store.verify()).toEqual([]);
    await store.close();
  });

  it('refuses a task that a run holds, until its lease has expired', async () => {
    const cli = await createCli();
    const store = openStore(cli.databaseUrl());
    await store.migrate();
    await addServicesTasks(store, aServicesTask({ id: 1 }));
    await store.taskRuns.claimNext(['export'], { run: 'other', now: NOW, until: NOW + LEASE_MS });
    expect(await cli.run(['tasks', 'remove', '1'])).toEqual({
      code: 1,
      stdout: '',
      stderr: 'taskgate: Task 1 is running; run the command again when it has ended.\n',
    });
    expect((await cli.run(['tasks', 'remove', '1'], { now: NOW + LEASE_MS })).code).toBe(0);
    await store.close();
  });

  it.each([
    ['7', 'taskgate: There is no task 7.\n'],
    ['x', /must be an integer/],
  ])('names what is wrong with %s', async (id, message) => {
    const cli = await createCli();
    await cli.run(['migrate']);
    const { code, stderr } = await cli.run(['tasks', 'remove', id]);
    expect(code).toBe(1);
    if (typeof message === 'string') expect(stderr).toBe(message);
    else expect(stderr).toMatch(message);
  });
});
