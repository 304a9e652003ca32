/** What both APIs do with parameters and bodies that no client should send. */
import { beforeEach, describe, expect, it } from 'vitest';
import { addServicesTasks, asChain, asKey, createTestGateway, type Gateway } from '../support/gateway.ts';
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
  ])('is rejected as a repeated one: %s', async (url) => {
    const response = await gateway.app.request(url, { headers: token });
    expect(response.status).toBe(400);
    expect(await response.text()).toContain('may be given only once, and without brackets.');
  });

  it.each(['http://services.test/tasks?unknown[]=1', 'http://hdp.test/tasks?x[0]=1&[]=2&status[]=1'])(
    'is ignored where the name is none of ours: %s',
    async (url) => {
      expect((await gateway.app.request(url, { headers: token })).status).toBe(200);
    },
  );
});

describe('a body with more than it may have', () => {
  const task = (rules: string) =>
    `{"chain":1764,"desc":"","trigger":{"once":"2026-06-01T12:00:00Z","segment":{"entity":"people","index":"users",` +
    `"join":"all","chain_id":1764,"rules":${rules}}},"target":{"action":"x"}}`;
  const many = (element: string, length: number) => `[${Array(length).fill(element).join(',')}]`;

  it.each([
    ['48 kB of rules', task(many('{}', 16_000)), 'trigger.segment.rules must have at most 100 elements.'],
    ['1 MB of rules', task(many('{}', 340_000)), 'trigger.segment.rules must have at most 100 elements.'],
    ['no rules', task('[]'), 'trigger.segment.rules must have at least one rule.'],
  ])('is a short 400: %s', async (_, body, sentence) => {
    const { status, text } = await post('http://services.test/tasks', token, body);
    expect(status).toBe(400);
    expect(text).toContain(sentence);
    expect(text.length).toBeLessThan(500);
  });

  it('names three problems at the most, and long names in part', async () => {
    const { status, text } = await post('http://services.test/tasks', token, task(many('{}', 100)));
    expect(status).toBe(400);
    expect(text.match(/rules\.\d+/g)?.length).toBeLessThanOrEqual(3);
    expect(text.length).toBeLessThan(1000);
  });

  it.each([
    ['mmrs', `{"to_status":"ChainProofsFetchCompleted","mmrs":${many('0', 400_000)}}`],
    ['output_preimage', `{"to_status":"TraceGenCompleted","output_preimage":${many('0', 400_000)}}`],
    ['data_source_chains', `{"to_status":"DryRunCompleted","data_source_chains":${many('0', 400_000)}}`],
  ])('is a short 400 of the HDP API too: %s', async (name, body) => {
    const url = `http://hdp.test/tasks/${ulid(1)}/transitions`;
    const { status, text } = await post(url, processor, body);
    expect(status).toBe(400);
    expect(text).toBe(`{"error":"${name} must have at most 1000 elements."}`);
  });

  it('is not more, at the bounds', async () => {
    const rule = '{"field_name":"a","field_type":"keyword","operator":"is","value":"b"}';
    const made = await post('http://services.test/tasks', token, task(many(rule, 100)));
    expect(made.status).toBe(201);
    const over = await post('http://services.test/tasks', token, task(many(rule, 101)));
    expect(over.status).toBe(400);
  });
});

describe('a compressed body', () => {
  it.each(['gzip', 'br', 'x', 'GZIP, br'])('is 415, naming its Content-Encoding: %s', async (encoding) => {
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

  it('is none with identity', async () => {
    const headers = { ...client, 'Content-Encoding': 'identity' };
    const { status } = await post('http://hdp.test/tasks', headers, '{"destination_chain_id":1,"input":{}}');
    expect(status).toBe(200);
  });
});

describe('an empty credential header', () => {
  const session = async () => {
    await gateway.store.access.grant({ userId: 1, chain: 1764, level: 'READ' });
    const { asAdmin } = await import('../support/gateway.ts');
    return asAdmin(gateway.store, 1, 1764);
  };
  it('counts as absent, beside the other method and alone', async () => {
    const admin = await session();
    const empty = Object.fromEntries(Object.keys(admin).map((name) => [name, '']));
    const status = async (headers: Record<string, string>) =>
      (await gateway.app.request('http://services.test/tasks', { headers })).status;
    expect(await status({ ...admin, Authorization: '' })).toBe(200);
    expect(await status({ ...empty, ...token })).toBe(200);
    expect(await status({ ...empty, Authorization: '' })).toBe(401);
    expect(await status({ ...admin, ...token })).toBe(400);
  });

  it('of the HDP API is a missing key, and every 401 says how to authenticate', async () => {
    for (const [key, fault] of [
      ['', 'Missing'],
      ['wrong', 'Invalid'],
    ]) {
      const response = await gateway.app.request('http://hdp.test/tasks', {
        method: 'POST',
        headers: { 'X-API-KEY': key ?? '' },
      });
      expect(response.status).toBe(401);
      expect(response.headers.get('www-authenticate')).toBe('ApiKey realm="hdp"');
      expect(await response.json()).toEqual({ error: `${fault} Herodotus Cloud X-API-KEY header` });
    }
  });
});

describe('the HDP API', () => {
  it('keeps a chain id as it is written, however large', async () => {
    for (const [written, kept] of [
      ['393402133025997798000961', '393402133025997798000961'],
      ['9007199254740993', '9007199254740993'],
      ['11155111', '11155111'],
      ['"0xAA36a7"', '0xAA36a7'],
    ]) {
      const body = `{"input":{},"destination_chain_id":${written}}`;
      const { status, text } = await post('http://hdp.test/tasks', client, body);
      expect(status, written).toBe(200);
      const { uuid } = JSON.parse(text);
      const details = await gateway.app.request(`http://hdp.test/tasks/${uuid}/details`);
      expect(await details.json()).toMatchObject({ destinationChainId: kept });
    }
    for (const written of ['1e30', '393402133025997798000961.0', '1e400', '-1', `${'1'.repeat(79)}`]) {
      const body = `{"input":{},"destination_chain_id":${written}}`;
      const { status, text } = await post('http://hdp.test/tasks', client, body);
      expect(status, written).toBe(400);
      expect(text).toContain('an integer of up to 78 digits');
    }
  });

  it('takes the ULID of a path in any case, and answers with it as it is stored', async () => {
    const body = '{"destination_chain_id":1,"input":{}}';
    const { uuid } = JSON.parse((await post('http://hdp.test/tasks', client, body)).text);
    const path = `http://hdp.test/tasks/${uuid.toLowerCase()}`;
    for (const side of ['status', 'details', 'state_transitions', 'mmrs', 'output_preimage']) {
      const response = await gateway.app.request(`${path}/${side}`);
      expect(response.status, side).toBe(200);
      expect(await response.json(), side).toMatchObject({ taskId: uuid });
    }
    const moved = await post(`${path}/transitions`, processor, '{"to_status":"DryRunStarted"}');
    expect(JSON.parse(moved.text)).toMatchObject({ task_id: uuid, to_status: 'DryRunStarted' });
    const failed = '{"to_status":"DryRunFailed","error_message":"no"}';
    expect((await post(`${path}/transitions`, processor, failed)).status).toBe(200);
    expect(JSON.parse((await post(`${path}/retry`, client, '')).text).uuid).toBe(uuid);
    const missing = await gateway.app.request('http://hdp.test/tasks/01kssc/status');
    expect(await missing.json()).toEqual({ error: 'Task not found', taskId: '01kssc' });
  });
});
