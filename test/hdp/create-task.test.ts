import { describe, expect, it } from 'vitest';
import { asKey, createTestGateway, type Gateway } from '../support/gateway.ts';
import { type Scenario, testScenarios } from '../support/scenarios.ts';

const post = (requestBody: unknown, rest: Omit<Scenario, 'url' | 'method' | 'requestBody'>): Scenario => ({
  url: 'http://hdp.test/tasks',
  method: 'POST',
  setUp: ({ store }: Gateway) => asKey(store, 'client'),
  requestBody,
  ...rest,
});
const newTask = (changes: object) => ({ destination_chain_id: '0xaa36a7', input: {}, ...changes });
const rejects = (changes: object | string, error: string): Scenario =>
  post(typeof changes === 'string' ? changes : newTask(changes), {
    name: `rejects ${JSON.stringify(changes).slice(0, 70)}`,
    status: 400,
    body: { error },
  });
const CHAIN_RULE =
  'destination_chain_id must be a hex string like "0xaa36a7", or an integer of up to 78 digits.';
const URL_RULE =
  'webhook_url must be an http or https URL without a user name or password, of at most 2000 characters.';

describe('POST /tasks of the HDP API', () => {
  testScenarios(undefined, [
    ...['', 'x', '0x', '-1', '1.5', ' 1', `0x${'1'.repeat(99)}`, -1, 1.5, 1e78, null, [], {}, true].map(
      (id) => rejects({ destination_chain_id: id }, CHAIN_RULE),
    ),
    rejects('{"input":{}}', CHAIN_RULE),
    ...[null, [], 'text', 1].map((input) => rejects({ input }, 'input must be an object.')),
    rejects('{"destination_chain_id":1}', 'input must be an object.'),
    ...[
      'ftp://a.example',
      'javascript:alert(1)',
      '/relative',
      'https://user:secret@a.example/',
      'https://user@a.example/',
      `https://a.example/${'x'.repeat(2000)}`,
      '',
    ].map((url) => rejects({ webhook_url: url }, URL_RULE)),
    rejects({ webhook_url: 1 }, 'webhook_url must be a string.'),
    rejects({ schedule_mode: 'now' }, 'schedule_mode must be one of onchain, offchain, or null.'),
    ...['x', '😀'].map((character) =>
      rejects({ program_hash: character.repeat(1001) }, 'program_hash must have at most 1000 characters.'),
    ),
    rejects({ program_name: '\ud800' }, 'program_name must not hold half of a surrogate pair.'),
    rejects({ task_inputs: [] }, 'task_inputs must be an object.'),
    rejects({ is_mock: 'yes' }, 'is_mock must be true or false.'),
    rejects('[]', 'The body must be an object.'),
    rejects('null', 'The body must be an object.'),
    rejects('', 'The body must be valid JSON.'),
    rejects('{"input":', 'The body must be valid JSON.'),
    rejects('{"destination_chain_id":1,"input":{},"input":{}}', 'The body has the key "input" twice.'),
    rejects(
      `{"destination_chain_id":1,"input":{"a":${'['.repeat(600)}${']'.repeat(600)}}}`,
      'The body is nested more than 500 levels deep.',
    ),
    rejects({ destination_chain_id: 'x', input: 1 }, `${CHAIN_RULE} input must be an object.`),
    post('destination_chain_id=1', {
      name: 'rejects a form',
      headers: { 'Content-Type': 'application/x-www-form-urlencoded' },
      status: 400,
      body: { error: 'The body must be JSON, with Content-Type: application/json.' },
    }),
    post(`{"a":"${'x'.repeat(1024 * 1024)}"}`, {
      name: 'rejects a body of more than 1 MiB',
      status: 413,
      body: { error: 'The body may have at most 1048576 bytes.' },
    }),
    post(newTask({ unknown: 1, webhook_url: null, task_inputs: null, is_mock: null }), {
      name: 'accepts null for optional keys, and ignores unknown keys',
      status: 200,
    }),
  ]);

  it('creates a task that the list and every resource of the task show as it was sent', async () => {
    const { app, store } = await createTestGateway();
    const headers = { ...(await asKey(store, 'client')), 'Content-Type': 'application/json' };
    const sent =
      '{"destination_chain_id":11155111,"input":{"b":1,"a":12345678901234567890},"program_hash":"0xf",' +
      '"program_name":"vault","schedule_mode":"onchain","schedule_tx_hash":"0xe","is_mock":true,' +
      '"contract_class_hash":"0xc","task_inputs":{"2":1.0,"1":1e400},"webhook_url":"https://Hooks.example/a"}';
    const response = await app.request('http://hdp.test/tasks', { method: 'POST', headers, body: sent });
    const { uuid = '', ...rest }: Record<string, string> = JSON.parse(await response.text());
    expect(uuid).toMatch(/^[0-7][0-9A-HJKMNP-TV-Z]{25}$/);
    expect(rest).toEqual({ message: 'Task has been queued for processing', status: 'accepted' });

    const get = async (path: string) => (await app.request(`http://hdp.test/tasks${path}`)).text();
    const createdAt = '2026-06-01T12:00:00Z';
    const task = {
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
      createdAt,
      updatedAt: createdAt,
    };
    expect(JSON.parse(await get('?hdp_tasks_search=VAULT')).tasks).toEqual([task]);
    expect(JSON.parse(await get(`/${uuid}/status`))).toEqual({
      taskId: uuid,
      status: 'Received',
      errorMessage: null,
      updatedAt: createdAt,
    });
    const details = await get(`/${uuid}/details`);
    expect(details).toBe(
      `{"taskId":"${uuid}","status":"Received","destinationChainId":"11155111","scheduleMode":"onchain",` +
        '"scheduleTxHash":"0xe","dataSourceChains":null,"dataDestinationChain":null,"hdpCoreProgramHash":null,' +
        '"taskHash":null,"programHash":"0xf","programName":"vault","outputTreeRoot":null,' +
        '"outputTreeRootPreimage":null,"taskInputs":{"2":1.0,"1":1e400},"mmrs":[],' +
        `"createdAt":"${createdAt}","updatedAt":"${createdAt}"}`,
    );
    expect(await get(`/${uuid}/mmrs`)).toBe(`{"taskId":"${uuid}","mmrs":[]}`);
    expect(await get(`/${uuid}/output_preimage`)).toBe(`{"taskId":"${uuid}","outputPreimage":null}`);
    expect(JSON.parse(await get(`/${uuid}/state_transitions`))).toEqual({
      taskId: uuid,
      state_transitions: [
        {
          id: expect.any(String),
          task_id: uuid,
          from_status: null,
          to_status: 'Received',
          created_at: createdAt,
        },
      ],
    });
    const texts = await Promise.all(
      [
        '',
        ...['status', 'details', 'state_transitions', 'mmrs', 'output_preimage'].map(
          (resource) => `/${uuid}/${resource}`,
        ),
      ].map(get),
    );
    expect(texts.join()).not.toMatch(/hooks|client-key|12345678901234567890/i);
    expect((await store.hdpTaskLifecycle.find(uuid))?.details).toMatchObject({
      input: '{"b":1,"a":12345678901234567890}',
      isMock: true,
      webhookUrl: 'https://hooks.example/a',
      keyId: 'client-key',
    });
  });

  it('sets contractClassHash to 0x0 if the request has no contract_class_hash', async () => {
    const { app, store } = await createTestGateway();
    const headers = { ...(await asKey(store, 'client')), 'Content-Type': 'application/json' };
    await app.request('http://hdp.test/tasks', {
      method: 'POST',
      headers,
      body: JSON.stringify(newTask({})),
    });
    const { tasks } = JSON.parse(await (await app.request('http://hdp.test/tasks')).text());
    expect(tasks).toMatchObject([{ contractClassHash: '0x0', destinationChainId: '0xaa36a7' }]);
  });
});
