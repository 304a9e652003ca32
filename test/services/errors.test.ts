import { describe, expect, it } from 'vitest';
import { SERVICES_ERRORS } from '../../src/services/errors.ts';
import { addServicesTasks, asAdmin, asChain, createTestGateway, type Gateway } from '../support/gateway.ts';
import { run, type Scenario, scenarios } from '../support/scenarios.ts';
import { aServicesTask } from '../support/tasks.ts';

const given = ({ store }: Gateway) => asChain(store, 1764);

const envelope = (code: number, name: string, description: string) => ({
  result: { code: 2, status: 'error' },
  error: { code, name, description },
});
const INTEGER = 'offset must be an integer from 0 to 9007199254740991.';
const LIMIT = 'limit must be an integer from 1 to 1000.';
const STATUS = 'status must be one of READY, INPROGRESS, DONE, ERROR.';
const CAMPAIGN = 'campaign_id must be an integer from 0 to 9007199254740991.';
const ENCODING = 'The URL has a malformed percent-encoding; write % itself as %25.';

const bad = (query: string, description: string): Scenario => ({
  name: `returns 400 for ${query}`,
  url: `http://services.test/tasks?${query}`,
  status: 400,
  body: envelope(9000, 'invalid_parameters', description),
});

describe('errors of the Services API', () => {
  scenarios(given, [
    ...['done', 'FAILED', '', 'READY%20', 'READY,DONE'].map((value) => bad(`status=${value}`, STATUS)),
    ...['0', '1001', '-1', '1e1', '0x10', '%205', '5%20', '5.0', '%2B5', '', '٣', '99999999999999999999'].map(
      (value) => bad(`limit=${value}`, LIMIT),
    ),
    ...['-1', '1e1', '', 'abc', '9007199254740993'].map((value) => bad(`offset=${value}`, INTEGER)),
    ...['-1', 'x', '', '1.5', 'null'].map((value) => bad(`campaign_id=${value}`, CAMPAIGN)),
    bad('status=DONE&status=DONE', 'status may be given only once.'),
    bad('action=a&action=b', 'action may be given only once.'),
    bad('campaign_id=1&campaign_id=1', 'campaign_id may be given only once.'),
    bad('limit=1&limit=2', 'limit may be given only once.'),
    bad('offset=1&offset=2', 'offset may be given only once.'),
    bad('status=X&limit=0&offset=y', `${STATUS} ${LIMIT} ${INTEGER}`),
    bad('action=%zz', ENCODING),
    bad('action=%ff', ENCODING),
    bad('unknown=100%', ENCODING),
    {
      name: 'returns 404 for an unknown route',
      url: 'http://services.test/tasks/',
      status: 404,
      body: envelope(
        9004,
        'object_not_found',
        'There is no such route. Use /tasks, without the extra slash.',
      ),
    },
    { name: 'returns 404 for the root', url: 'http://services.test/', status: 404 },
    {
      name: 'does not serve its inner routing path',
      url: 'http://services.test/services/tasks',
      status: 404,
    },
    {
      name: 'returns 405 for another method, and says which are allowed',
      url: 'http://services.test/tasks',
      method: 'PUT',
      status: 405,
      body: envelope(4, 'http_request_method_not_allowed', 'This path answers GET, HEAD, POST only.'),
      responseHeaders: { allow: 'GET, HEAD, POST' },
    },
    {
      name: 'returns 405 for OPTIONS',
      url: 'http://services.test/openapi.json',
      method: 'OPTIONS',
      status: 405,
    },
  ]);

  it('returns 500 without a word of what went wrong, and logs it with the request id', async () => {
    const { app, store, logLines } = await createTestGateway();
    const headers = await asChain(store, 1);
    store.servicesTasks.list = () => Promise.reject(new Error('SELECT secret FROM /path'));
    const response = await app.request('http://services.test/tasks', { headers });
    expect(response.status).toBe(500);
    expect(await response.json()).toEqual(
      envelope(
        9050,
        'internal_error',
        'Something went wrong on our side; the X-Request-Id names this request.',
      ),
    );
    expect(logLines.join()).toContain('SELECT secret');
    expect(logLines.join()).toContain('"requestId":"fresh-id"');
  });

  it('returns 503 once the server is shutting down, and closes the connection', async () => {
    const { app } = await createTestGateway({ draining: true });
    const response = await app.request('http://services.test/tasks');
    expect(response.status).toBe(503);
    expect(response.headers.get('connection')).toBe('close');
    expect(response.headers.get('retry-after')).toBe('1');
    expect(await response.json()).toMatchObject({ error: { code: 9053, name: 'service_unavailable' } });
  });

  it('has a test for every error that it documents', async () => {
    const seen = new Set<string>();
    const urls: Scenario[] = [
      { name: '', url: 'http://services.test/tasks?limit=0', status: 400 },
      { name: '', url: 'http://services.test/tasks', given: async () => undefined, status: 401 },
      {
        name: '',
        url: 'http://services.test/tasks',
        given: ({ store }) => asAdmin(store, 1, 1),
        status: 403,
      },
      { name: '', url: 'http://services.test/x', status: 404 },
      { name: '', url: 'http://services.test/tasks', headers: { 'If-Match': '"other"' }, status: 412 },
      {
        name: '',
        url: 'http://services.test/tasks/1/execute',
        method: 'POST',
        headers: { 'Content-Encoding': 'gzip' },
        send: 'x',
        status: 415,
      },
      {
        name: '',
        url: 'http://services.test/tasks',
        method: 'POST',
        given: async (gateway) => {
          const credentials = await given(gateway);
          const headers = { ...credentials, 'Idempotency-Key': 'a', 'Content-Type': 'application/json' };
          const init = { method: 'POST', headers, body: JSON.stringify(newTask('first')) };
          await gateway.app.request('http://services.test/tasks', init);
          return headers;
        },
        send: newTask('second'),
        status: 422,
      },
      { name: '', url: 'http://services.test/tasks', method: 'PUT', status: 405 },
      {
        name: '',
        url: 'http://services.test/tasks/1/execute',
        method: 'POST',
        given: async (gateway) => {
          await addServicesTasks(gateway.store, aServicesTask());
          return given(gateway);
        },
        status: 409,
      },
      {
        name: '',
        url: 'http://services.test/tasks',
        method: 'POST',
        headers: { 'Content-Length': '2000000' },
        send: 'x'.repeat(2_000_000),
        status: 413,
      },
    ];
    for (const scenario of urls) {
      const { text } = await run(scenario, given);
      seen.add(JSON.parse(text).error.name);
    }
    const ownTests = ['internal_error', 'service_unavailable'];
    expect([...seen, ...ownTests].sort()).toEqual(
      Object.values(SERVICES_ERRORS)
        .map((error) => error.name)
        .sort(),
    );
  });
});

const newTask = (desc: string) => ({
  chain: 1764,
  desc,
  trigger: { once: '2026-06-01T12:00:00Z' },
  target: { action: 'anything' },
});
