import { describe, expect, it } from 'vitest';
import { TAKEN_AGAIN } from '../../src/db/queries/task-runs.ts';
import { createHeldAction, TEST_ACTIONS } from '../support/actions.ts';
import {
  addServicesTasks,
  asAdmin,
  asChain,
  createTestGateway,
  type Gateway,
  logsOf,
  NOW,
} from '../support/gateway.ts';
import { run, type Scenario, scenarios } from '../support/scenarios.ts';
import { aServicesTask } from '../support/tasks.ts';

const TASKS = 'http://services.test/tasks';
const given = ({ store }: Gateway) => asChain(store, 1764);
const withTasks =
  (...tasks: Parameters<typeof aServicesTask>[0][]) =>
  async ({ store }: Gateway) => {
    await addServicesTasks(store, ...tasks.map((task) => aServicesTask(task)));
    return asChain(store, 1764);
  };
const asReader = async ({ store }: Gateway) => {
  await addServicesTasks(store, aServicesTask());
  await store.access.grant({ userId: 7, chain: 1764, level: 'READ' });
  return asAdmin(store, 7, 1764);
};
const failure = (code: number, name: string, description: string) => ({
  result: { code: 2, status: 'error' },
  error: { code, name, description },
});
const NO_TASK = failure(9004, 'object_not_found', 'There is no such task.');
const NO_WRITE = failure(
  68,
  'permission_denied_or_non_existent',
  'This session has no WRITE access to chain 1764.',
);

const order = {
  chain: 1764,
  desc: 'Users',
  trigger: { once: '2026-06-01T12:00:00Z' },
  target: { action: 'export', export_index: 'users', export_format: 'csv' },
};
const rule = { field_name: 'city', field_type: 'keyword', operator: 'is', value: 'Delft' };
const segment = { entity: 'people', index: 'users', join: 'all', chain_id: 1764, rules: [rule] };
const created = {
  ...order,
  id: 1,
  state: {
    code: 'READY',
    last_run_date: null,
    last_modified: '2026-06-01T12:00:00Z',
    created_date: '2026-06-01T12:00:00Z',
  },
  logs: [],
  debug: '',
  version: 0,
  result: null,
};

const post = (name: string, send: unknown, rest: Partial<Scenario> = {}): Scenario => ({
  name,
  url: TASKS,
  method: 'POST',
  send,
  status: 201,
  ...rest,
});
const refused = (send: unknown, description: string): Scenario =>
  post(`rejects with 400: ${description}`, send, {
    status: 400,
    body: failure(9000, 'invalid_parameters', description),
  });
const once = (text: unknown) => refused({ ...order, trigger: { once: text } }, ONCE);
const ONCE = 'trigger.once must be an existing date and time with Z or an offset, like 2026-05-26T12:00:00Z.';
const JSON_ONLY = 'The body must be JSON, with Content-Type: application/json.';
const ofRule = (changes: object) => ({
  ...order,
  trigger: { ...order.trigger, segment: { ...segment, rules: [{ ...rule, ...changes }] } },
});

describe('POST /tasks', () => {
  scenarios(given, [
    post('makes a task that is READY', order, { body: created, responseHeaders: { location: '/tasks/1' } }),
    post(
      'takes debug, and no notice of other keys',
      { ...order, debug: 'x', id: 9, state: 1, more: {} },
      {
        body: { ...created, debug: 'x' },
      },
    ),
    post('takes any other action', { ...order, target: { action: 'bulk issue rewards' } }),
    post('takes a segment', ofRule({})),
    post(
      'takes an offset, and leaves it as it is',
      { ...order, trigger: { once: '2026-06-01T12:00:00.5+02:00' } },
      {
        body: { ...created, trigger: { once: '2026-06-01T12:00:00.5+02:00' } },
      },
    ),
    post('numbers tasks on, past what an import left at the very end', order, {
      given: withTasks({ id: 41 }, { id: Number.MAX_SAFE_INTEGER }),
      body: { ...created, id: 42 },
    }),
    post(
      'rejects another chain with 403',
      { ...order, chain: 1743 },
      {
        status: 403,
        body: failure(
          68,
          'permission_denied_or_non_existent',
          'These credentials have no access to chain 1743.',
        ),
      },
    ),
    post('rejects a session with READ alone with 403, whatever the body is', '{', {
      given: asReader,
      status: 403,
      body: NO_WRITE,
    }),
    post('asks for credentials before anything else', '{', { given: async () => undefined, status: 401 }),
    post('rejects a body of another type', 'chain=1764', {
      headers: { 'Content-Type': 'application/x-www-form-urlencoded' },
      status: 400,
      body: failure(9000, 'invalid_parameters', JSON_ONLY),
    }),
    post(
      'rejects a body beyond 1 MiB with 413',
      { ...order, debug: 'x'.repeat(1024 * 1024) },
      {
        status: 413,
        body: failure(9013, 'payload_too_large', 'The body may have at most 1048576 bytes.'),
        headers: { 'Content-Length': '2000000' },
      },
    ),
    refused('{', 'The body must be valid JSON.'),
    refused('[]', 'The body must be an object.'),
    refused('null', 'The body must be an object.'),
    refused(
      '{"chain":1764,"chain":1764,"desc":"","trigger":{"once":"2026-06-01T12:00:00Z"},"target":{"action":"x"}}',
      'The body has the key "chain" twice.',
    ),
    refused(
      '{"chain":1764,"desc":"","trigger":{"once":"2026-06-01T12:00:00Z"},"target":{"action":"x","a":1,"a":2}}',
      'The body has the key "a" twice.',
    ),
    refused(
      { ...order, chain: '1764', desc: 1, trigger: [], target: null, debug: null },
      'chain must be an integer. desc must be a string. trigger must be an object.',
    ),
    refused({ ...order, desc: '\ud800' }, 'desc must not hold half of a surrogate pair.'),
    ...['\ud800', 'x\udc00', '\udc00\ud800'].map((action) =>
      refused({ ...order, target: { action } }, 'target.action must not hold half of a surrogate pair.'),
    ),
    ...[
      '',
      'now',
      '2026-06-01',
      '2026-06-01T12:00:00',
      '2026-02-30T12:00:00Z',
      '2026-06-01T24:00:00Z',
      '2026-06-01T12:00:00+15:00',
      '2026-06-01 12:00:00Z',
    ].map(once),
    refused({ ...order, trigger: {} }, 'trigger.once must be a string.'),
    refused(
      { ...order, trigger: { ...order.trigger, repeat: 'hourly' } },
      'trigger.repeat must be one of daily, weekly, monthly.',
    ),
    refused({ ...order, target: {} }, 'target.action must be a string.'),
    refused({ ...order, target: { action: '' } }, 'target.action must not be empty.'),
    refused(
      { ...order, target: { action: 'export' } },
      'target.export_index must be one of transactions, users, vouchers, wallet-ledger, products, product-variants. target.export_format must be one of csv, json.',
    ),
    refused({ ...order, trigger: { ...order.trigger, segment: 1 } }, 'trigger.segment must be an object.'),
    refused(
      { ...order, trigger: { ...order.trigger, segment_id: 318, user_list: {} } },
      'trigger.segment_id cannot be followed by an export; write its rules out in trigger.segment. trigger.user_list cannot be followed by an export; write its rules out in trigger.segment.',
    ),
    refused(
      {
        ...order,
        trigger: { ...order.trigger, segment: { ...segment, entity: 'shops', join: 'none', rules: {} } },
      },
      'trigger.segment.entity must be people. trigger.segment.join must be one of all, any. trigger.segment.rules must be an array.',
    ),
    refused(
      { ...order, trigger: { ...order.trigger, segment: { ...segment, chain_id: 9 } } },
      'trigger.segment.chain_id must be the chain of the task.',
    ),
    refused(
      ofRule({ operator: 'like' }),
      'trigger.segment.rules.0 cannot be used: "like" is no operator that is known; there are is, is_not, contains, does_not_contain, is_between_number, is_date, is_after_date, is_before_date, is_between_date and relative_less_than.',
    ),
    refused(
      ofRule({ value: undefined }),
      'trigger.segment.rules.0 cannot be used: value must be a text, or a number of at most 15 digits.',
    ),
    refused(
      ofRule({ value: [] }),
      'trigger.segment.rules.0 cannot be used: value must be a text, or a number of at most 15 digits.',
    ),
    refused(
      ofRule({
        operator: 'is_between_date',
        field_type: 'date',
        start_date: 'x',
        end_date: order.trigger.once,
      }),
      'trigger.segment.rules.0 cannot be used: start_date must be a time such as 2026-05-31T12:00:00Z, or a day such as 2026-05-31.',
    ),
    refused(
      ofRule({ operator: 'is_between_number', min: 1 }),
      'trigger.segment.rules.0 cannot be used: max must be a number.',
    ),
  ]);

  it('keeps trigger and target as they are spelt, but for white space', async () => {
    const trigger = '{"once":"2026-06-01T12:00:00Z","2":1.0,"1":12345678901234567890,"\\u0061":"\\u00e9"}';
    const target = '{ "action" : "x", "b": {"z":1e2} }';
    const { text } = await run(
      post('', `{"target":${target},"chain":1764,"desc":"","trigger":${trigger}}`),
      given,
    );
    expect(text).toContain(`"trigger":${trigger},"target":{"action":"x","b":{"z":1e2}},`);
  });

  it('puts the task into the lists and their totals at once', async () => {
    const { gateway } = await run(post('', order), given);
    const { rows, total } = await gateway.store.servicesTasks.list(
      1764,
      { status: 'READY', action: 'export' },
      { limit: 1, offset: 0 },
    );
    expect({ total, ids: rows.map(({ id }) => id) }).toEqual({ total: 1, ids: [1] });
    expect(await gateway.store.verify()).toEqual([]);
  });
});

const one = (name: string, path: string, rest: Partial<Scenario>): Scenario => ({
  name,
  url: `${TASKS}${path}`,
  status: 200,
  ...rest,
});
const spoken = async (gateway: Gateway) => {
  const headers = await withTasks({ id: 5, target: { action: 'talk', lines: 15 } })(gateway);
  await gateway.runner.execute(1764, 5);
  return headers;
};
const lines = (...numbers: number[]) =>
  numbers.map((line) => ({ time: '2026-06-01T12:00:00Z', level: 'info', message: `line ${line}` }));
const TALK = { actions: TEST_ACTIONS };
const talked = {
  ...aServicesTask({ id: 5, target: { action: 'talk', lines: 15 }, version: 2, result: 'said' }),
  state: {
    code: 'DONE',
    last_run_date: '2026-06-01T12:00:00Z',
    last_modified: '2026-06-01T12:00:00Z',
    created_date: '2026-05-26T11:59:00Z',
  },
};

describe('GET /tasks/{id}', () => {
  scenarios(given, [
    one('gives the task with the ten newest entries of its log, newest first', '/5', {
      given: spoken,
      gateway: TALK,
      body: { ...talked, logs: lines(15, 14, 13, 12, 11, 10, 9, 8, 7, 6) },
    }),
    one('pages through the log', '/5?log_limit=2&offset=12', {
      given: spoken,
      gateway: TALK,
      body: { ...talked, logs: lines(3, 2) },
    }),
    one('gives no entries past the end', '/5?offset=15', {
      given: spoken,
      gateway: TALK,
      body: { ...talked, logs: [] },
    }),
    one('gives a task that never ran an empty log', '/1', {
      given: withTasks({}),
      body: { ...aServicesTask(), logs: [] },
    }),
    one('is open to a session with READ', '/1', { given: asReader }),
    one('answers HEAD like GET', '/1', { given: withTasks({}), method: 'HEAD' }),
    one('returns 404 for a missing task', '/2', { given: withTasks({}), status: 404, body: NO_TASK }),
    one("answers 404 to another chain's task, in the same words", '/1', {
      given: withTasks({ chain: 9, desc: 'not yours' }),
      status: 404,
      body: NO_TASK,
      mustNotContain: ['not yours'],
    }),
    ...['0', '-1', 'x', '1.0', '1e3', '9007199254740993'].map((id) =>
      one(`returns 400 for the id ${id}`, `/${id}`, {
        status: 400,
        body: failure(9000, 'invalid_parameters', 'id must be an integer from 1 to 9007199254740991.'),
      }),
    ),
    ...['0', '1001', 'x'].map((limit) =>
      one(`returns 400 for log_limit=${limit}`, `/1?log_limit=${limit}`, {
        status: 400,
        body: failure(9000, 'invalid_parameters', 'log_limit must be an integer from 1 to 1000.'),
      }),
    ),
    one('returns 400 for a log_limit given twice', '/1?log_limit=1&log_limit=1', {
      status: 400,
      body: failure(9000, 'invalid_parameters', 'log_limit may be given only once.'),
    }),
    one('returns 400 for offset=-1', '/1?offset=-1', { status: 400 }),
  ]);
});

const execute = (name: string, rest: Partial<Scenario>): Scenario => ({
  name,
  url: `${TASKS}/1/execute`,
  method: 'POST',
  gateway: TALK,
  status: 200,
  ...rest,
});
const RAN = { last_run_date: '2026-06-01T12:00:00Z', last_modified: '2026-06-01T12:00:00Z' };
const state = (code: string) => ({ code, ...RAN, created_date: '2026-05-26T11:59:00Z' });

describe('POST /tasks/{id}/execute', () => {
  scenarios(given, [
    execute('answers with the state alone, DONE', {
      given: withTasks({ target: { action: 'talk' } }),
      body: state('DONE'),
    }),
    execute('does not wait for the time of the task', {
      given: withTasks({ target: { action: 'talk' }, trigger: { once: '2099-01-01T00:00:00Z' } }),
      body: state('DONE'),
    }),
    execute('answers with the state ERROR, and nothing of the error', {
      given: withTasks({ target: { action: 'crash' } }),
      body: state('ERROR'),
      mustNotContain: ['secret'],
    }),
    ...(['DONE', 'ERROR'] as const).map((code) =>
      execute(`runs a task again that is ${code}`, {
        given: withTasks({ target: { action: 'talk' }, state: { code } }),
        body: state('DONE'),
      }),
    ),
    execute('returns 409 while a run holds the task', {
      given: async (gateway) => {
        const credentials = await withTasks({})(gateway);
        await gateway.store.taskRuns.claimNext(['export'], {
          run: 'other',
          now: NOW,
          until: NOW + 30_000,
        });
        return credentials;
      },
      status: 409,
      body: failure(
        9009,
        'task_state_conflict',
        'The task is INPROGRESS already; wait until it is DONE or ERROR.',
      ),
    }),
    execute('returns 409 for an action that nobody runs, and says which there are', {
      given: withTasks({ target: { action: 'bulk issue rewards' } }),
      status: 409,
      body: failure(
        9009,
        'task_state_conflict',
        'No runner supports the action of this task. Supported actions: export, talk, refuse, crash.',
      ),
    }),
    execute('returns 409 for any task where there are no actions', {
      given: withTasks({}),
      gateway: {},
      status: 409,
      body: failure(
        9009,
        'task_state_conflict',
        'No runner supports the action of this task. There are no supported actions.',
      ),
    }),
    execute('returns 404 for a missing task', { status: 404, body: NO_TASK }),
    execute("answers 404 to another chain's task, in the same words", {
      given: withTasks({ chain: 9 }),
      status: 404,
      body: NO_TASK,
    }),
    execute('rejects a session with READ alone', { given: asReader, status: 403, body: NO_WRITE }),
  ]);

  it('writes into the log what to do, or for an error of ours only where to look', async () => {
    const gateway = await createTestGateway(TALK);
    const { app } = gateway;
    const headers = await withTasks(
      { id: 1, target: { action: 'refuse' } },
      { id: 2, target: { action: 'crash' } },
    )(gateway);
    const saidBy = async (id: number) => {
      await app.request(`${TASKS}/${id}/execute`, { method: 'POST', headers });
      const response = await app.request(`${TASKS}/${id}`, { headers });
      return response.json();
    };
    const entry = (message: string) => ({ time: '2026-06-01T12:00:00Z', level: 'error', message });
    expect(await saidBy(1)).toMatchObject({ logs: [entry('There is no column colour; name another one.')] });
    expect(await saidBy(2)).toMatchObject({
      logs: [entry("The run failed unexpectedly; the server's log says why, under the run run-2.")],
    });
  });

  it('returns 409 for the second of two at the same moment, and runs the task once', async () => {
    const held = createHeldAction();
    const { app, store } = await createTestGateway({ actions: [held.action] });
    await addServicesTasks(store, aServicesTask({ target: { action: 'held' } }));
    const headers = await asChain(store, 1764);
    const first = app.request(`${TASKS}/1/execute`, { method: 'POST', headers });
    await held.started;
    expect((await app.request(`${TASKS}/1/execute`, { method: 'POST', headers })).status).toBe(409);
    held.letGo();
    expect((await first).status).toBe(200);
    expect(await store.servicesTaskLifecycle.find(1764, 1)).toMatchObject({ status: 'DONE', version: 2 });
  });

  it('returns 503 when the server stops meanwhile, and leaves the task to be taken again', async () => {
    const held = createHeldAction();
    const { app, store, runner } = await createTestGateway({ actions: [held.action] });
    await addServicesTasks(store, aServicesTask({ target: { action: 'held' } }));
    const headers = await asChain(store, 1764);
    const answer = app.request(`${TASKS}/1/execute`, { method: 'POST', headers });
    await held.started;
    await runner.stop();
    expect((await answer).status).toBe(503);
    const claim = { run: 'other', now: NOW, until: NOW + 1 };
    expect(await store.taskRuns.claimNext(['held'], claim)).toMatchObject({
      task: { id: 1, version: 1 },
    });
    const [entry] = logsOf(await store.servicesTaskLifecycle.findLogged(1764, 1, { limit: 1, offset: 0 }));
    expect(entry?.message).toBe(TAKEN_AGAIN);
  });
});

describe('the paths of a task', () => {
  const wrong = (method: string, path: string, allow: string): Scenario => ({
    name: `answer 405 to ${method} ${path}, and say that ${allow} is allowed`,
    url: TASKS + path,
    method,
    status: 405,
    body: failure(4, 'http_request_method_not_allowed', `This path answers ${allow} only.`),
    responseHeaders: { allow },
  });
  scenarios(given, [
    wrong('PUT', '', 'GET, HEAD, POST'),
    wrong('DELETE', '/1', 'GET, HEAD'),
    wrong('GET', '/1/execute', 'POST'),
    wrong('POST', '/1/download_url', 'GET, HEAD'),
    { name: 'answer 404 beyond those that there are', url: `${TASKS}/1/logs`, status: 404 },
  ]);
});

it('the version of a task stops at the largest safe integer', async () => {
  const { store } = await createTestGateway();
  await addServicesTasks(
    store,
    aServicesTask({ id: 1, chain: 1764, version: Number.MAX_SAFE_INTEGER, target: { action: 'export' } }),
  );
  const claim = { run: 'a', now: NOW, until: NOW + 1000 };
  await store.taskRuns.claim(1764, 1, ['export'], claim);
  const end = { status: 'ERROR', result: null, file: null, logs: [], now: NOW, follower: undefined } as const;
  await store.taskRuns.finish(1, 'a', end);
  expect(await store.servicesTaskLifecycle.find(1764, 1)).toMatchObject({
    status: 'ERROR',
    version: Number.MAX_SAFE_INTEGER,
  });
});
