import { monotonicFactory } from 'ulid';
import { describe, expect, it } from 'vitest';
import { openStore } from '../../src/db/open.ts';
import { createCli } from '../support/cli.ts';
import { addHdpTasks, addServicesTasks, expectCreated, NOW } from '../support/gateway.ts';
import { openRawConnection } from '../support/raw-connection.ts';
import { anHdpTask, aServicesTask } from '../support/tasks.ts';

const LEASE_MS = 30_000;

describe('taskgate tasks remove', () => {
  it('removes a task of any chain with its log, and keeps the lists exact', async () => {
    const cli = await createCli();
    const store = openStore(cli.databaseUrl(), { now: () => NOW });
    await store.migrate();
    await addServicesTasks(store, aServicesTask({ id: 1 }), aServicesTask({ id: 2, chain: 9 }));
    expect(await cli.run(['tasks', 'remove', '2'])).toEqual({
      code: 0,
      stdout: '',
      stderr: 'Task 2 was removed.\n',
    });
    expect(await store.servicesTaskLifecycle.find(9, 2)).toBeUndefined();
    expect((await store.servicesTasks.list(9, {}, { limit: 1, offset: 0 })).total).toBe(0);
    expect((await store.servicesTasks.list(1764, {}, { limit: 1, offset: 0 })).total).toBe(1);
    expect(await store.verify()).toEqual([]);
    await store.close();
  });

  it('rejects a running task until its lease has expired', async () => {
    const cli = await createCli();
    const store = openStore(cli.databaseUrl(), { now: () => NOW });
    await store.migrate();
    await addServicesTasks(store, aServicesTask({ id: 1 }));
    await store.taskRuns.claimNext(['export'], { run: 'other', leaseMs: LEASE_MS });
    expect(await cli.run(['tasks', 'remove', '1'])).toEqual({
      code: 1,
      stdout: '',
      stderr: 'taskgate: Task 1 is running; run the command again when the run has ended.\n',
    });
    const connection = await openRawConnection(cli.databaseUrl());
    await connection.exec('UPDATE services_leases SET until = 1');
    await connection.close();
    expect((await cli.run(['tasks', 'remove', '1'])).code).toBe(0);
    await store.close();
  });

  it.each([
    ['7', 'taskgate: There is no task 7.\n'],
    ['x', /an integer from 1 to 9007199254740991, or the uuid/],
  ])('reports what is wrong with %s', async (id, message) => {
    const cli = await createCli();
    await cli.run(['migrate']);
    const { code, stderr } = await cli.run(['tasks', 'remove', id]);
    expect(code).toBe(1);
    if (typeof message === 'string') expect(stderr).toBe(message);
    else expect(stderr).toMatch(message);
  });
});

describe('an id of a removed task', () => {
  it('is not used again by the API or an import', async () => {
    const cli = await createCli();
    const store = openStore(cli.databaseUrl(), { now: () => NOW });
    await store.migrate();
    const create = async () => expectCreated(await store.servicesTaskLifecycle.create(1764, NEW_TASK, 0)).id;
    const id = await create();
    await cli.run(['tasks', 'remove', String(id)]);
    expect(await create()).toBe(id + 1);
    await store.close();
  });

  it.each([2 ** 53 - 1, 2 ** 52])('leaves ids for new tasks after an import of %d', async (imported) => {
    const store = openStore(':memory:');
    await store.migrate();
    await addServicesTasks(store, aServicesTask({ id: imported }), aServicesTask({ id: 7 }));
    const result = await store.servicesTaskLifecycle.create(1764, NEW_TASK, 0);
    expect(expectCreated(result).id).toBe(8);
    await store.close();
  });
});

describe('taskgate tasks with the uuid of an HDP task', () => {
  it('removes it with its history, and resets it only if it has failed', async () => {
    const cli = await createCli();
    const store = openStore(cli.databaseUrl(), { now: () => NOW });
    await store.migrate();
    const [failed, going] = [
      anHdpTask({ status: 'TraceGenFailed' }),
      anHdpTask({ uuid: OTHER_UUID, status: 'DryRunStarted' }),
    ];
    await addHdpTasks(store, failed, going);
    expect((await cli.run(['tasks', 'reset', failed.uuid.toLowerCase()])).stderr).toBe(
      `Task ${failed.uuid} is Received again.\n`,
    );
    expect((await store.hdpTaskLifecycle.find(failed.uuid))?.task.status).toBe('Received');
    expect((await cli.run(['tasks', 'reset', going.uuid])).stderr).toBe(
      `taskgate: Task ${going.uuid} has not failed: its status is DryRunStarted.\n`,
    );
    expect((await cli.run(['tasks', 'remove', failed.uuid])).code).toBe(0);
    expect(await store.hdpTaskLifecycle.listTransitions(failed.uuid)).toBeUndefined();
    expect((await cli.run(['tasks', 'remove', failed.uuid])).stderr).toBe(
      `taskgate: There is no task ${failed.uuid}.\n`,
    );
    expect(await store.verify()).toEqual([]);
    await store.close();
  });
});

describe('taskgate tasks reset', () => {
  it('sets a task to READY unless it is running', async () => {
    const cli = await createCli();
    const store = openStore(cli.databaseUrl(), { now: () => NOW });
    await store.migrate();
    await addServicesTasks(store, aServicesTask({ id: 1 }));
    await store.taskRuns.claimNext(['export'], { run: 'one', leaseMs: LEASE_MS });
    expect((await cli.run(['tasks', 'reset', '1'])).stderr).toMatch(/is running/);
    const end = {
      status: 'ERROR',
      result: null,
      file: null,
      logs: [],
      now: NOW,
      nextTask: undefined,
    } as const;
    await store.taskRuns.finish(1, 'one', end);
    expect((await cli.run(['tasks', 'reset', '1'])).stderr).toBe('Task 1 is READY again.\n');
    expect(await store.servicesTaskLifecycle.find(1764, 1)).toMatchObject({
      status: 'READY',
      lastRunAt: null,
    });
    expect(await store.verify()).toEqual([]);
    await store.close();
  });
});

const OTHER_UUID = monotonicFactory()(NOW);
const NEW_TASK = {
  description: '',
  trigger: '{"once":"2099-01-01T00:00:00Z"}',
  target: '{}',
  debug: '',
  dueAt: 0,
};
