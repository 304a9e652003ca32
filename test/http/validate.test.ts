/** Tests how both APIs handle invalid parameters, bodies and headers. */
import { beforeEach, describe, expect, it } from 'vitest';
import {
  addServicesTasks,
  asAdmin,
  asChain,
  asKey,
  createTestGateway,
  type Gateway,
} from '../support/gateway.ts';
import { aServicesTask, ulid } from '../support/tasks.ts';

let gateway: Gateway;
let token: Record<string, string>;
let client: Record<string, string>;
let processor: Record<string, string>;
beforeEach(async () => {
  gateway = await createTestGateway();
  token = await asChain(gateway.store, 1764);
  client = await asKey(gateway.store, 'client');
  processor = await asKey(gateway.store, 'processor');
  await addServicesTasks(gateway.store, aServicesTask({ id: 1 }));
});

async function post(url: string, headers: Record<string, string>, body: string) {
  const response = await gateway.app.request(url, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json', ...headers },
    body,
  });
  return { status: response.status, text: await response.text() };
}

describe('a parameter with brackets', () => {
  it.each([
    'http://services.test/tasks?status[]=DONE',
    'http://services.test/tasks?status%5B%5D=DONE',
    'http://services.test/tasks?status[0]=DONE',
    'http://services.test/tasks?status[a][b]=DONE',
    'http://services.test/tasks?limit[]=1',
    'http://services.test/tasks?limit=1&offset[]=1',
    'http://services.test/tasks/1?log_limit[]=1',
    'http://hdp.test/tasks?hdp_tasks_page[]=1',
    'http://hdp.test/tasks?hdp_tasks_search[0]=x',
  ])('is rejected like a repeated parameter: %s', async (url) => {
    const response = await gateway.app.request(url, { headers: token });
    expect(response.status).toBe(400);
    expect(await response.text()).toContain('may be given only once, and without brackets.');
  });

  it.each(['http://services.test/tasks?unknown[]=1', 'http://hdp.test/tasks?x[0]=1&[]=2&status[]=1'])(
    'is ignored if its name is unknown: %s',
    async (url) => {
      expect((await gateway.app.request(url, { headers: token })).status).toBe(200);
    },
  );
});

describe('a body with too many elements', () => {
  const task = (rules: string) =>
    `{"chain":1764,"desc":"","trigger":{"once":"2026-06-01T12:00:00Z","segment":{"entity":"people","index":"users",` +
    `"join":"all","chain_id":1764,"rules":${rules}}},"target":{"action":"x"}}`;
  const arrayOf = (element: string, length: number) => `[${Array(length).fill(element).join(',')}]`;

  it.each([
    ['48 kB of rules', task(arrayOf('{}', 16_000)), 'trigger.segment.rules must have at most 100 elements.'],
    ['1 MB of rules', task(arrayOf('{}', 340_000)), 'trigger.segment.rules must have at most 100 elements.'],
    ['no rules', task('[]'), 'trigger.segment.rules must have at least one rule.'],
  ])('returns a short 400: %s', async (_, body, sentence) => {
    const { status, text } = await post('http://services.test/tasks', token, body);
    expect(status).toBe(400);
    expect(text).toContain(sentence);
    expect(text.length).toBeLessThan(500);
  });

  it('returns at most three problems', async () => {
    const { status, text } = await post('http://services.test/tasks', token, task(arrayOf('{}', 100)));
    expect(status).toBe(400);
    expect(text.match(/rules\.\d+/g)?.length).toBeLessThanOrEqual(3);
    expect(text.length).toBeLessThan(1000);
    expect(text).toContain('There are more problems.');
  });

  it('names three problems without a hint at others', async () => {
    const body = '{"desc":1,"trigger":1,"chain":"a","target":{"action":"a"}}';
    const { text } = await post('http://services.test/tasks', token, body);
    expect(JSON.parse(text).error.description).toBe(
      'chain must be an integer. desc must be a string. trigger must be an object.',
    );
  });

  it.each([
    ['mmrs', `{"to_status":"ChainProofsFetchCompleted","mmrs":${arrayOf('0', 400_000)}}`],
    ['output_preimage', `{"to_status":"TraceGenCompleted","output_preimage":${arrayOf('0', 400_000)}}`],
    ['data_source_chains', `{"to_status":"DryRunCompleted","data_source_chains":${arrayOf('0', 400_000)}}`],
  ])('returns a short 400 from the HDP API: %s', async (name, body) => {
    const url = `http://hdp.test/tasks/${ulid(1)}/transitions`;
    const { status, text } = await post(url, processor, body);
    expect(status).toBe(400);
    expect(text).toBe(`{"error":"${name} must have at most 1000 elements."}`);
  });

  it('is accepted up to the limit', async () => {
    const rule = '{"field_name":"a","field_type":"keyword","operator":"is","value":"b"}';
    const statusOf = async (count: number) =>
      (await post('http://services.test/tasks', token, task(arrayOf(rule, count)))).status;
    expect(await statusOf(100)).toBe(201);
    expect(await statusOf(101)).toBe(400);
  });
});

describe('a body with Content-Encoding', () => {
  it.each(['gzip', 'br', 'x', 'GZIP, br'])('returns 415 and names Content-Encoding: %s', async (encoding) => {
    const headers = { 'Content-Encoding': encoding };
    for (const [url, credentials] of [
      ['http://services.test/tasks', token],
      ['http://services.test/tasks/1/execute', token],
      ['http://hdp.test/tasks', client],
      [`http://hdp.test/tasks/${ulid(1)}/retry`, client],
    ] as const) {
      const { status, text } = await post(url, { ...credentials, ...headers }, '\u001f\u008b');
      expect(status, url).toBe(415);
      expect(text).toContain('Content-Encoding');
    }
  });

  it('is accepted if the coding is identity', async () => {
    const headers = { ...client, 'Content-Encoding': 'identity' };
    const { status } = await post('http://hdp.test/tasks', headers, '{"destination_chain_id":1,"input":{}}');
    expect(status).toBe(200);
  });
});

describe('an empty credential header', () => {
  it('counts as absent, alone and next to the other method', async () => {
    await gateway.store.access.grant({ userId: 1, chain: 1764, level: 'READ' });
    const admin = await asAdmin(gateway.store, 1, 1764);
    const empty = Object.fromEntries(Object.keys(admin).map((name) => [name, '']));
    const statusOf = async (headers: Record<string, string>) =>
      (await gateway.app.request('http://services.test/tasks', { headers })).status;
    expect(await statusOf({ ...admin, Authorization: '' })).toBe(200);
    expect(await statusOf({ ...empty, ...token })).toBe(200);
    expect(await statusOf({ ...empty, Authorization: '' })).toBe(401);
    expect(await statusOf({ ...admin, ...token })).toBe(400);
  });

  it('is a missing API key, and every 401 has a WWW-Authenticate header', async () => {
    for (const [key, problem] of [
      ['', 'Missing'],
      ['wrong', 'Invalid'],
    ]) {
      const response = await gateway.app.request('http://hdp.test/tasks', {
        method: 'POST',
        headers: { 'X-API-KEY': key ?? '' },
      });
      expect(response.status).toBe(401);
      expect(response.headers.get('www-authenticate')).toBe('ApiKey realm="hdp"');
      expect(await response.json()).toEqual({ error: `${problem} Herodotus Cloud X-API-KEY header` });
    }
  });
});

describe('the HDP API', () => {
  it('stores a chain id of up to 78 digits as it is written', async () => {
    for (const [json, stored] of [
      ['393402133025997798000961', '393402133025997798000961'],
      ['9007199254740993', '9007199254740993'],
      ['11155111', '11155111'],
      ['"0xAA36a7"', '0xAA36a7'],
    ]) {
      const body = `{"input":{},"destination_chain_id":${json}}`;
      const { status, text } = await post('http://hdp.test/tasks', client, body);
      expect(status, json).toBe(200);
      const { uuid } = JSON.parse(text);
      const details = await gateway.app.request(`http://hdp.test/tasks/${uuid}/details`);
      expect(await details.json()).toMatchObject({ destinationChainId: stored });
    }
    for (const json of ['1e30', '393402133025997798000961.0', '1e400', '-1', `${'1'.repeat(79)}`]) {
      const body = `{"input":{},"destination_chain_id":${json}}`;
      const { status, text } = await post('http://hdp.test/tasks', client, body);
      expect(status, json).toBe(400);
      expect(text).toContain('an integer of up to 78 digits');
    }
  });

  it('accepts the ULID of a path in any case, and returns it as it is stored', async () => {
    const body = '{"destination_chain_id":1,"input":{}}';
    const { uuid } = JSON.parse((await post('http://hdp.test/tasks', client, body)).text);
    const path = `http://hdp.test/tasks/${uuid.toLowerCase()}`;
    for (const resource of ['status', 'details', 'state_transitions', 'mmrs', 'output_preimage']) {
      const response = await gateway.app.request(`${path}/${resource}`);
      expect(response.status, resource).toBe(200);
      expect(await response.json(), resource).toMatchObject({ taskId: uuid });
    }
    const started = await post(`${path}/transitions`, processor, '{"to_status":"DryRunStarted"}');
    expect(JSON.parse(started.text)).toMatchObject({ task_id: uuid, to_status: 'DryRunStarted' });
    const failed = '{"to_status":"DryRunFailed","error_message":"no"}';
    expect((await post(`${path}/transitions`, processor, failed)).status).toBe(200);
    expect(JSON.parse((await post(`${path}/retry`, client, '')).text).uuid).toBe(uuid);
    const missing = await gateway.app.request('http://hdp.test/tasks/01kssc/status');
    expect(await missing.json()).toEqual({ error: 'Task not found', taskId: '01kssc' });
  });
});
