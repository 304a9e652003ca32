import { hc } from 'hono/client';
import { describe, expect, expectTypeOf, it } from 'vitest';
import type { HdpApi, ServicesApi, ServicesTask, TaskDetails, TaskList, TaskStatus } from '../src/index.ts';
import { TEST_ACTIONS } from './support/actions.ts';
import { addHdpTasks, addServicesTasks, asChain, asKey, createTestGateway } from './support/gateway.ts';
import { anHdpTask, aServicesTask } from './support/tasks.ts';

describe('typed clients', () => {
  it('lists Services tasks through hc<ServicesApi>', async () => {
    const { app, store } = await createTestGateway();
    await addServicesTasks(store, aServicesTask({ id: 1 }), aServicesTask({ id: 2 }));
    const headers = await asChain(store, 1764);
    const client = hc<ServicesApi>('http://services.test', { fetch: app.request, headers });

    const response = await client.tasks.$get({ query: { status: 'READY', limit: '1' } });
    const tasks = await response.json();

    expectTypeOf(tasks[0]).toEqualTypeOf<ServicesTask | undefined>();
    expect(tasks.map((task) => task.id)).toEqual([1]);
    // @ts-expect-error: the client knows the states of a task
    const refused = await client.tasks.$get({ query: { status: 'FINISHED' } });
    expect(refused.status).toBe(400);
  });

  it('creates, reads and executes a Services task through hc<ServicesApi>', async () => {
    const { app, store } = await createTestGateway({ actions: TEST_ACTIONS });
    const headers = await asChain(store, 1764);
    const client = hc<ServicesApi>('http://services.test', { fetch: app.request, headers });
    const once = '2026-06-01T12:00:00Z';
    const order = { chain: 1764, desc: '', trigger: { once }, target: { action: 'talk', lines: 1 } };

    const created = await client.tasks.$post({ json: order });
    const { id } = await created.json();
    const param = { id: String(id) };
    const state = await (await client.tasks[':id'].execute.$post({ param })).json();
    const task = await (await client.tasks[':id'].$get({ param, query: { log_limit: '1' } })).json();

    expect(created.status).toBe(201);
    expectTypeOf(state.code).toEqualTypeOf<ServicesTask['state']['code']>();
    expect(state.code).toBe('DONE');
    expect(task.logs.map(({ message }) => message)).toEqual(['line 1']);
  });

  it('lists HDP tasks through hc<HdpApi>', async () => {
    const { app, store } = await createTestGateway();
    await addHdpTasks(store, anHdpTask());
    const client = hc<HdpApi>('http://hdp.test', { fetch: app.request });

    const list = await (await client.tasks.$get({ query: { hdp_tasks_search: '01jpj' } })).json();

    expectTypeOf(list).toEqualTypeOf<TaskList>();
    expect(list.pagination.total).toBe(1);
  });

  it('creates and follows an HDP task through hc<HdpApi>', async () => {
    const { app, store } = await createTestGateway();
    const headers = await asKey(store, 'client');
    const client = hc<HdpApi>('http://hdp.test', { fetch: app.request, headers });

    const made = await (await client.tasks.$post({ json: { destination_chain_id: 1, input: {} } })).json();
    const status = await (await client.tasks[':uuid'].status.$get({ param: { uuid: made.uuid } })).json();
    const details = await (await client.tasks[':uuid'].details.$get({ param: { uuid: made.uuid } })).json();

    expectTypeOf(status).toEqualTypeOf<TaskStatus>();
    expectTypeOf(details).toEqualTypeOf<TaskDetails>();
    expect([status.status, details.destinationChainId]).toEqual(['Received', '1']);
    // @ts-expect-error: the client knows the members of a task
    const refused = await client.tasks.$post({ json: { destination_chain_id: 1 } });
    expect(refused.status).toBe(400);
  });
});
