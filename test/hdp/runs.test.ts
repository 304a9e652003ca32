import { describe, expect, it } from 'vitest';
import { addHdpTasks, asKey, createTestGateway, type Gateway } from '../support/gateway.ts';
import { type Scenario, scenarios } from '../support/scenarios.ts';
import { anHdpTask, ulid } from '../support/tasks.ts';

const NOBODY = ulid(99);
const client = ({ store }: Gateway) => asKey(store, 'client');
const processor = ({ store }: Gateway) => asKey(store, 'processor');

const post = (path: string, send: unknown, rest: Omit<Scenario, 'url' | 'method' | 'send'>): Scenario => ({
  url: `http://hdp.test${path}`,
  method: 'POST',
  send,
  ...rest,
});
const body = (changes: object) => ({ destination_chain_id: '0xaa36a7', input: {}, ...changes });
const refuses = (changes: object | string, error: string): Scenario =>
  post('/tasks', typeof changes === 'string' ? changes : body(changes), {
    name: `rejects ${JSON.stringify(changes).slice(0, 70)}`,
    given: client,
    status: 400,
    body: { error },
  });
const CHAIN = 'destination_chain_id must be a hex string like "0xaa36a7", or an integer of up to 78 digits.';
const URL_RULE =
  'webhook_url must be an http or https URL without a user name or password, of at most 2000 characters.';

describe('POST /tasks of the HDP API', () => {
  scenarios(undefined, [
    ...['', 'x', '0x', '-1', '1.5', ' 1', `0x${'1'.repeat(99)}`, -1, 1.5, 1e78, null, [], {}, true].map(
      (id) => refuses({ destination_chain_id: id }, CHAIN),
    ),
    refuses('{"input":{}}', CHAIN),
    ...[null, [], 'text', 1].map((input) => refuses({ input }, 'input must be an object.')),
    refuses('{"destination_chain_id":1}', 'input must be an object.'),
    ...[
      'ftp://a.example',
      'javascript:alert(1)',
      '/relative',
      'https://user:secret@a.example/',
      'https://user@a.example/',
      `https://a.example/${'x'.repeat(2000)}`,
      '',
    ].map((url) => refuses({ webhook_url: url }, URL_RULE)),
    refuses({ webhook_url: 1 }, 'webhook_url must be a string.'),
    refuses({ schedule_mode: 'now' }, 'schedule_mode must be one of onchain, offchain, or null.'),
    refuses({ program_hash: 'x'.repeat(1001) }, 'program_hash must have at most 1000 characters.'),
    refuses({ program_name: '\ud800' }, 'program_name must not hold half of a surrogate pair.'),
    refuses({ task_inputs: [] }, 'task_inputs must be an object.'),
    refuses({ is_mock: 'yes' }, 'is_mock must be true or false.'),
    refuses('[]', 'The body must be an object.'),
    refuses('null', 'The body must be an object.'),
    refuses('', 'The body must be valid JSON.'),
    refuses('{"input":', 'The body must be valid JSON.'),
    refuses('{"destination_chain_id":1,"input":{},"input":{}}', 'The body has the key "input" twice.'),
    refuses(
      `{"destination_chain_id":1,"input":{"a":${'['.repeat(600)}${']'.repeat(600)}}}`,
      'The body is nested more than 500 levels deep.',
    ),
    refuses({ destination_chain_id: 'x', input: 1 }, `${CHAIN} input must be an object.`),
    post('/tasks', 'destination_chain_id=1', {
      name: 'rejects a form',
      given: client,
      headers: { 'Content-Type': 'application/x-www-form-urlencoded' },
      status: 400,
      body: { error: 'The body must be JSON, with Content-Type: application/json.' },
    }),
    post('/tasks', `{"a":"${'x'.repeat(1024 * 1024)}"}`, {
      name: 'rejects a body of more than 1 MiB',
      given: client,
      status: 413,
      body: { error: 'The body may have at most 1048576 bytes.' },
    }),
    post('/tasks', body({ unknown: 1, webhook_url: null, task_inputs: null, is_mock: null }), {
      name: 'takes nulls for what is optional, and ignores other keys',
      given: client,
      status: 200,
    }),
  ]);

  it('makes a task that is listed, and whose every side says what was asked', async () => {
    const { app, store } = await createTestGateway();
    const headers = { ...(await asKey(store, 'client')), 'Content-Type': 'application/json' };
    const sent =
      '{"destination_chain_id":11155111,"input":{"b":1,"a":12345678901234567890},"program_hash":"0xf",' +
      '"program_name":"vault","schedule_mode":"onchain","schedule_tx_hash":"0xe","is_mock":true,' +
      '"contract_class_hash":"0xc","task_inputs":{"2":1.0,"1":1e400},"webhook_url":"https://Hooks.example/a"}';
    const made = await app.request('http://hdp.test/tasks', { method: 'POST', headers, body: sent });
    const { uuid = '', ...rest }: Record<string, string> = JSON.parse(await made.text());
    expect(uuid).toMatch(/^[0-7][0-9A-HJKMNP-TV-Z]{25}$/);
    expect(rest).toEqual({ message: 'Task has been queued for processing', status: 'accepted' });

    const get = async (path: string) => (await app.request(`http://hdp.test/tasks${path}`)).text();
    const at = '2026-06-01T12:00:00Z';
    const listed = {
      uuid,
      status: 'Received',
      destinationChainId: '11155111',
      contractClassHash: '0xc',
      scheduleMode: 'onchain',
      scheduleTxHash: '0xe',
      dataSourceChains: null,
      dataDestinationChain: null,
      hdpCoreProgramHash: null,
      taskHash: null,
      programHash: '0xf',
      programName: 'vault',
      outputTreeRoot: null,
      createdAt: at,
      updatedAt: at,
    };
    expect(JSON.parse(await get('?hdp_tasks_search=VAULT')).tasks).toEqual([listed]);
    expect(JSON.parse(await get(`/${uuid}/status`))).toEqual({
      taskId: uuid,
      status: 'Received',
      errorMessage: null,
      updatedAt: at,
    });
    const details = await get(`/${uuid}/details`);
    expect(details).toBe(
      `{"taskId":"${uuid}","status":"Received","destinationChainId":"11155111","scheduleMode":"onchain",` +
        '"scheduleTxHash":"0xe","dataSourceChains":null,"dataDestinationChain":null,"hdpCoreProgramHash":null,' +
        '"taskHash":null,"programHash":"0xf","programName":"vault","outputTreeRoot":null,' +
        '"outputTreeRootPreimage":null,"taskInputs":{"2":1.0,"1":1e400},"mmrs":[],' +
        `"createdAt":"${at}","updatedAt":"${at}"}`,
    );
    expect(await get(`/${uuid}/mmrs`)).toBe(`{"taskId":"${uuid}","mmrs":[]}`);
    expect(await get(`/${uuid}/output_preimage`)).toBe(`{"taskId":"${uuid}","outputPreimage":null}`);
    expect(JSON.parse(await get(`/${uuid}/state_transitions`))).toEqual({
      taskId: uuid,
      state_transitions: [
        { id: expect.any(String), task_id: uuid, from_status: null, to_status: 'Received', created_at: at },
      ],
    });
    const all = await Promise.all(
      [
        '',
        ...['status', 'details', 'state_transitions', 'mmrs', 'output_preimage'].map(
          (side) => `/${uuid}/${side}`,
        ),
      ].map(get),
    );
    expect(all.join()).not.toMatch(/hooks|client-key|12345678901234567890/i);
    expect((await store.hdpTaskLifecycle.find(uuid))?.details).toMatchObject({
      input: '{"b":1,"a":12345678901234567890}',
      isMock: true,
      webhookUrl: 'https://hooks.example/a',
      keyId: 'client-key',
    });
  });

  it('gives a task that names no class the class hash 0x0', async () => {
    const { app, store } = await createTestGateway();
    const headers = { ...(await asKey(store, 'client')), 'Content-Type': 'application/json' };
    await app.request('http://hdp.test/tasks', { method: 'POST', headers, body: JSON.stringify(body({})) });
    const { tasks } = JSON.parse(await (await app.request('http://hdp.test/tasks')).text());
    expect(tasks).toMatchObject([{ contractClassHash: '0x0', destinationChainId: '0xaa36a7' }]);
  });
});

const imported = (status: Parameters<typeof anHdpTask>[0]) => async (gateway: Gateway) => {
  await addHdpTasks(gateway.store, anHdpTask(status));
  return undefined;
};
const sides = ['status', 'details', 'state_transitions', 'mmrs', 'output_preimage'];

describe('what the HDP API says of one task', () => {
  const uuid = ulid(1);
  const failed = imported({ status: 'TraceGenFailed', programName: 'x"y' });
  const read = (side: string, expected: object): Scenario => ({
    name: `gives the ${side} of an imported task`,
    given: failed,
    url: `http://hdp.test/tasks/${uuid}/${side}`,
    status: 200,
    body: { taskId: uuid, ...expected },
    responseHeaders: { 'content-type': 'application/json; charset=utf-8' },
  });
  const {
    uuid: _,
    contractClassHash: __,
    ...known
  } = anHdpTask({ status: 'TraceGenFailed', programName: 'x"y' });
  scenarios(undefined, [
    read('status', { status: 'TraceGenFailed', errorMessage: null, updatedAt: '2024-03-17T10:24:00Z' }),
    read('details', { ...known, outputTreeRootPreimage: null, taskInputs: null, mmrs: [] }),
    read('state_transitions', { state_transitions: [] }),
    read('mmrs', { mmrs: [] }),
    read('output_preimage', { outputPreimage: null }),
    ...sides.flatMap((side): Scenario[] => [
      {
        name: `returns 404 for the ${side} of no task`,
        url: `http://hdp.test/tasks/${NOBODY}/${side}`,
        status: 404,
        body: { error: 'Task not found', taskId: NOBODY },
      },
      {
        name: `returns 405 for DELETE of the ${side}`,
        url: `http://hdp.test/tasks/${uuid}/${side}`,
        method: 'DELETE',
        status: 405,
        responseHeaders: { allow: 'GET, HEAD' },
      },
    ]),
    {
      name: 'says which task it was asked for, whatever that is',
      url: `http://hdp.test/tasks/${encodeURIComponent(`a"b' OR 1=1 --é`)}/status`,
      status: 404,
      body: { error: 'Task not found', taskId: `a"b' OR 1=1 --é` },
    },
    {
      name: 'returns 404 for another side of a task',
      url: `http://hdp.test/tasks/${uuid}/input`,
      status: 404,
      body: { error: 'Not found' },
    },
    {
      name: 'returns 404 for a task alone',
      url: `http://hdp.test/tasks/${uuid}`,
      status: 404,
      body: { error: 'Not found' },
    },
    {
      name: 'returns 405 for reading transitions, which are reported there',
      url: `http://hdp.test/tasks/${uuid}/transitions`,
      status: 405,
      responseHeaders: { allow: 'POST' },
    },
    {
      name: 'returns 400 for a malformed percent-encoding',
      url: 'http://hdp.test/tasks/%zz/status',
      status: 400,
    },
  ]);
});

describe('POST /tasks/{uuid}/retry', () => {
  const retry = (
    status: Parameters<typeof anHdpTask>[0],
    rest: Omit<Scenario, 'url' | 'method' | 'send'>,
  ) => ({
    url: `http://hdp.test/tasks/${ulid(1)}/retry`,
    method: 'POST',
    given: async (gateway: Gateway) => {
      await imported(status)(gateway);
      return client(gateway);
    },
    ...rest,
  });
  scenarios(undefined, [
    ...(['Received', 'TraceGenStarted', 'TraceGenCompleted', 'TaskDecommitmentCompleted'] as const).map(
      (status) =>
        retry(
          { status },
          {
            name: `rejects a task that is at ${status}`,
            status: 400,
            body: { error: `Only a failed task can be retried; this one is at ${status}.` },
          },
        ),
    ),
    retry(
      { status: 'DryRunFailed' },
      {
        name: 'puts a failed task back',
        status: 200,
        body: { message: 'Task has been queued for retry', status: 'accepted', uuid: ulid(1) },
      },
    ),
    {
      name: 'returns 404 for no task, and names it uuid',
      url: `http://hdp.test/tasks/${NOBODY}/retry`,
      method: 'POST',
      given: client,
      status: 404,
      body: { error: 'Task not found', uuid: NOBODY },
    },
    {
      name: 'returns 405 for reading it',
      url: `http://hdp.test/tasks/${ulid(1)}/retry`,
      status: 405,
      responseHeaders: { allow: 'POST' },
    },
  ]);
});

describe('POST /tasks/{uuid}/transitions', () => {
  const report = (
    status: Parameters<typeof anHdpTask>[0],
    send: unknown,
    expected: number,
    error: string,
  ): Scenario =>
    post(`/tasks/${ulid(1)}/transitions`, send, {
      name: `returns ${expected} for ${JSON.stringify(send).slice(0, 70)} at ${status?.status}`,
      given: async (gateway) => {
        await imported(status)(gateway);
        return processor(gateway);
      },
      status: expected,
      body: { error },
    });
  const bad = (send: unknown, error: string) => report({ status: 'Received' }, send, 400, error);
  const TO_STATUS =
    'to_status must be Started, Completed or Failed after one of DryRun, ChainProofsFetch, TraceGen, AtlanticProving, TaskDecommitment.';
  const MMR = 'must be an object with id, root, size, chain_id and hashing_function alone';
  const mmr = { id: '1', root: '0x1', size: 7, chain_id: '0x1', hashing_function: 'keccak' };
  const proofs = (changes: object) => ({
    to_status: 'ChainProofsFetchCompleted',
    mmrs: [{ ...mmr, ...changes }],
  });
  scenarios(undefined, [
    bad({}, TO_STATUS),
    bad({ to_status: 'Received' }, TO_STATUS),
    bad({ to_status: 1 }, TO_STATUS),
    bad([], 'The body must be an object.'),
    bad('', 'The body must be valid JSON.'),
    bad({ to_status: 'DryRunStarted', error_message: 'x' }, 'The body must have no key but to_status.'),
    bad(
      { to_status: 'TraceGenCompleted', output: '0x1' },
      'The body must have no key but to_status, output_tree_root, output_preimage.',
    ),
    bad({ to_status: 'DryRunFailed' }, 'error_message must be a string.'),
    bad({ to_status: 'DryRunFailed', error_message: '' }, 'error_message must not be empty.'),
    bad({ to_status: 'TaskDecommitmentCompleted' }, 'transaction_hash must be a string.'),
    bad(
      { to_status: 'DryRunCompleted', data_source_chains: 'x' },
      'data_source_chains must be an array of strings.',
    ),
    bad({ to_status: 'DryRunCompleted', data_source_chains: [1] }, 'data_source_chains.0 must be a string.'),
    bad({ to_status: 'DryRunCompleted', task_inputs: [] }, 'task_inputs must be an object.'),
    bad(
      '{"to_status":"DryRunStarted","to_status":"DryRunStarted"}',
      'The body has the key "to_status" twice.',
    ),
    bad({ to_status: 'ChainProofsFetchCompleted', mmrs: {} }, 'mmrs must be an array.'),
    bad({ to_status: 'ChainProofsFetchCompleted', mmrs: [1] }, `mmrs.0 ${MMR}.`),
    bad(proofs({ extra: 1 }), `mmrs.0 ${MMR}.`),
    bad(proofs({ size: -1 }), 'mmrs.0.size must be an integer from 0 to 9007199254740991.'),
    bad(proofs({ size: 1.5 }), 'mmrs.0.size must be an integer from 0 to 9007199254740991.'),
    bad(proofs({ hashing_function: 'sha' }), 'mmrs.0.hashing_function must be one of poseidon, keccak.'),
    report(
      { status: 'Received' },
      { to_status: 'DryRunCompleted' },
      409,
      'The task is at Received, and only DryRunStarted may follow.',
    ),
    report(
      { status: 'DryRunStarted' },
      { to_status: 'DryRunStarted' },
      409,
      'The task is at DryRunStarted, and only DryRunCompleted or DryRunFailed may follow.',
    ),
    report(
      { status: 'DryRunFailed' },
      { to_status: 'ChainProofsFetchStarted' },
      409,
      'The task is at DryRunFailed, and nothing may follow before a retry.',
    ),
    report(
      { status: 'TaskDecommitmentCompleted' },
      { to_status: 'DryRunStarted' },
      409,
      'The task is at TaskDecommitmentCompleted, and nothing may follow.',
    ),
    post(
      `/tasks/${NOBODY}/transitions`,
      { to_status: 'DryRunStarted' },
      {
        name: 'returns 404 for no task',
        given: processor,
        status: 404,
        body: { error: 'Task not found', taskId: NOBODY },
      },
    ),
  ]);

  it('takes the same report again, in whichever order its keys are, and no other of that status', async () => {
    const gateway = await createTestGateway();
    await addHdpTasks(gateway.store, anHdpTask({ status: 'DryRunStarted' }));
    const headers = { ...(await processor(gateway)), 'Content-Type': 'application/json' };
    const say = async (text: string) => {
      const response = await gateway.app.request(`http://hdp.test/tasks/${ulid(1)}/transitions`, {
        method: 'POST',
        headers,
        body: text,
      });
      return { status: response.status, body: await response.json() };
    };
    const first = await say(
      '{"to_status":"DryRunCompleted","task_hash":"0x1","task_inputs":{"a":1,"b":[2]}}',
    );
    expect(first).toMatchObject({
      status: 200,
      body: { task_id: ulid(1), from_status: 'DryRunStarted', to_status: 'DryRunCompleted' },
    });
    const again = '{ "task_inputs":{"b":[2],"a":1.0}, "task_hash":"0x1","to_status":"DryRunCompleted"}';
    expect(await say(again)).toEqual(first);
    await say('{"to_status":"ChainProofsFetchStarted"}');
    expect(await say(again)).toEqual(first);
    expect(await say('{"to_status":"DryRunCompleted","task_hash":"0x2"}')).toEqual({
      status: 409,
      body: { error: 'DryRunCompleted was reported before with other content, which stands.' },
    });
    expect(await gateway.store.hdpTaskLifecycle.transitions(ulid(1))).toHaveLength(2);
  });
});

describe('GET /is-alive', () => {
  const url = 'http://hdp.test/is-alive';

  it('says that all is well', async () => {
    const response = await (await createTestGateway()).app.request(url);
    expect(response.status).toBe(200);
    expect(await response.text()).toBe(
      '{"status":"healthy","database":"operational","queues":"operational"}',
    );
  });

  it('returns 503 when the database cannot be read, without a word of why, and logs it', async () => {
    const { app, store, logLines } = await createTestGateway();
    store.probe = () => Promise.reject(new Error('disk I/O error at /secret'));
    const response = await app.request(url);
    expect(response.status).toBe(503);
    expect(await response.text()).toBe(
      '{"status":"unhealthy","database":"unavailable","queues":"unavailable"}',
    );
    expect(logLines.join('')).toContain('disk I/O error at /secret');
  });

  it('returns 503 while the server is shutting down', async () => {
    const response = await (await createTestGateway({ draining: true })).app.request(url);
    expect(response.status).toBe(503);
    expect(await response.text()).toBe(
      '{"status":"unhealthy","database":"operational","queues":"unavailable"}',
    );
  });
});
