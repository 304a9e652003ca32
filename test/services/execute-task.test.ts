import { describe, expect, it } from 'vitest';
import { CLAIMED_AGAIN } from '../../src/db/queries/task-runs.ts';
import { createBlockingAction, TEST_ACTIONS } from '../support/actions.ts';
import { addServicesTasks, asChain, createTestGateway, logsOf, NOW } from '../support/gateway.ts';
import { type Scenario, testScenarios } from '../support/scenarios.ts';
import {
  NO_WRITE_ACCESS,
  servicesError,
  TASK_NOT_FOUND,
  TASKS_URL,
  withReadSession,
  withTasks,
  withToken,
} from '../support/services-requests.ts';
import { aServicesTask } from '../support/tasks.ts';

const execute = (name: string, rest: Partial<Scenario>): Scenario => ({
  name,
  url: `${TASKS_URL}/1/execute`,
  method: 'POST',
  gateway: { actions: TEST_ACTIONS },
  status: 200,
  ...rest,
});
const stateAfterRun = (code: string) => ({
  code,
  last_run_date: '2026-06-01T12:00:00Z',
  last_modified: '2026-06-01T12:00:00Z',
  created_date: '2026-05-26T11:59:00Z',
});

describe('POST /tasks/{id}/execute', () => {
  testScenarios(withToken, [
    execute('returns only the state, DONE', {
      setUp: withTasks({ target: { action: 'talk' } }),
      body: stateAfterRun('DONE'),
    }),
    execute('runs a task before its trigger time', {
      setUp: withTasks({ target: { action: 'talk' }, trigger: { once: '2099-01-01T00:00:00Z' } }),
      body: stateAfterRun('DONE'),
    }),
    execute('returns the state ERROR without the error message', {
      setUp: withTasks({ target: { action: 'crash' } }),
      body: stateAfterRun('ERROR'),
      mustNotContain: ['secret'],
    }),
    ...(['DONE', 'ERROR'] as const).map((code) =>
      execute(`runs a task that is ${code} again`, {
        setUp: withTasks({ target: { action: 'talk' }, state: { code } }),
        body: stateAfterRun('DONE'),
      }),
    ),
    execute('returns 409 while the task is running', {
      setUp: async (gateway) => {
        const credentials = await withTasks({})(gateway);
        await gateway.store.taskRuns.claimNext(['export'], { run: 'other', leaseMs: 30_000 });
        return credentials;
      },
      status: 409,
      body: servicesError(
        9009,
        'task_state_conflict',
        'The task is INPROGRESS already; wait until it is DONE or ERROR.',
      ),
    }),
    execute('returns 409 for an unsupported action and lists the supported actions', {
      setUp: withTasks({ target: { action: 'bulk issue rewards' } }),
      status: 409,
      body: servicesError(
        9009,
        'task_state_conflict',
        'No runner supports the action of this task. Supported actions: export, talk, refuse, crash.',
      ),
    }),
    execute('returns 409 if there are no supported actions', {
      setUp: withTasks({}),
      gateway: {},
      status: 409,
      body: servicesError(
        9009,
        'task_state_conflict',
        'No runner supports the action of this task. There are no supported actions.',
      ),
    }),
    execute('returns 404 for a missing task', { status: 404, body: TASK_NOT_FOUND }),
    execute("returns the same 404 for another chain's task", {
      setUp: withTasks({ chain: 9 }),
      status: 404,
      body: TASK_NOT_FOUND,
    }),
    execute('returns 403 for a session with READ access', {
      setUp: withReadSession,
      status: 403,
      body: NO_WRITE_ACCESS,
    }),
  ]);

  it('logs the message of an ActionError, and only a run id for another error', async () => {
    const gateway = await createTestGateway({ actions: TEST_ACTIONS });
    const { app } = gateway;
    const headers = await withTasks(
      { id: 1, target: { action: 'refuse' } },
      { id: 2, target: { action: 'crash' } },
    )(gateway);
    const executeAndRead = async (id: number) => {
      await app.request(`${TASKS_URL}/${id}/execute`, { method: 'POST', headers });
      const response = await app.request(`${TASKS_URL}/${id}`, { headers });
      return response.json();
    };
    const entry = (message: string) => ({ time: '2026-06-01T12:00:00Z', level: 'error', message });
    expect(await executeAndRead(1)).toMatchObject({
      logs: [entry('There is no column colour; name another one.')],
    });
    expect(await executeAndRead(2)).toMatchObject({
      logs: [entry("The run failed unexpectedly; the server's log says why, under the run run-2.")],
    });
  });

  it('returns 409 for a second request at the same time, and runs the task once', async () => {
    const held = createBlockingAction();
    const { app, store } = await createTestGateway({ actions: [held.action] });
    await addServicesTasks(store, aServicesTask({ target: { action: 'held' } }));
    const headers = await asChain(store, 1764);
    const first = app.request(`${TASKS_URL}/1/execute`, { method: 'POST', headers });
    await held.started;
    expect((await app.request(`${TASKS_URL}/1/execute`, { method: 'POST', headers })).status).toBe(409);
    held.unblock();
    expect((await first).status).toBe(200);
    expect(await store.servicesTaskLifecycle.find(1764, 1)).toMatchObject({ status: 'DONE', version: 2 });
  });

  it('returns 503 if the server stops during the run, so that the task can be claimed again', async () => {
    const held = createBlockingAction();
    const { app, store, runner } = await createTestGateway({ actions: [held.action] });
    await addServicesTasks(store, aServicesTask({ target: { action: 'held' } }));
    const headers = await asChain(store, 1764);
    const response = app.request(`${TASKS_URL}/1/execute`, { method: 'POST', headers });
    await held.started;
    await runner.stop();
    expect((await response).status).toBe(503);
    const claim = { run: 'other', leaseMs: 1 };
    expect(await store.taskRuns.claimNext(['held'], claim)).toMatchObject({
      task: { id: 1, version: 1 },
    });
    const [entry] = logsOf(await store.servicesTaskLifecycle.findLogged(1764, 1, { limit: 1, offset: 0 }));
    expect(entry?.message).toBe(CLAIMED_AGAIN);
  });
});

it('keeps the version of a task at the largest safe integer', async () => {
  const { store } = await createTestGateway();
  await addServicesTasks(
    store,
    aServicesTask({ id: 1, chain: 1764, version: Number.MAX_SAFE_INTEGER, target: { action: 'export' } }),
  );
  const claim = { run: 'a', leaseMs: 1000 };
  await store.taskRuns.claim(1764, 1, ['export'], claim);
  const end = { status: 'ERROR', result: null, file: null, logs: [], now: NOW, nextTask: undefined } as const;
  await store.taskRuns.finish(1, 'a', end);
  expect(await store.servicesTaskLifecycle.find(1764, 1)).toMatchObject({
    status: 'ERROR',
    version: Number.MAX_SAFE_INTEGER,
  });
});
