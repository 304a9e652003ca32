import { describe, expect, it } from 'vitest';
import { SERVICES_ERRORS } from '../../src/services/errors.ts';
import { asAdmin, asChain, createTestGateway } from '../support/gateway.ts';
import { runScenario, type Scenario, testScenarios } from '../support/scenarios.ts';
import { servicesError, TASKS_URL, withTasks, withToken } from '../support/services-requests.ts';

const OFFSET_RULE = 'offset must be an integer from 0 to 9007199254740991.';
const LIMIT_RULE = 'limit must be an integer from 1 to 1000.';
const STATUS_RULE = 'status must be one of READY, INPROGRESS, DONE, ERROR.';
const CAMPAIGN_RULE = 'campaign_id must be an integer from 0 to 9007199254740991.';
const ENCODING_RULE = 'The URL has a malformed percent-encoding; write % itself as %25.';

const rejects = (query: string, description: string): Scenario => ({
  name: `returns 400 for ${query}`,
  url: `${TASKS_URL}?${query}`,
  status: 400,
  body: servicesError(9000, 'invalid_parameters', description),
});

describe('errors of the Services API', () => {
  testScenarios(withToken, [
    ...['done', 'FAILED', '', 'READY%20', 'READY,DONE'].map((value) =>
      rejects(`status=${value}`, STATUS_RULE),
    ),
    ...['0', '1001', '-1', '1e1', '0x10', '%205', '5%20', '5.0', '%2B5', '', '٣', '99999999999999999999'].map(
      (value) => rejects(`limit=${value}`, LIMIT_RULE),
    ),
    ...['-1', '1e1', '', 'abc', '9007199254740993'].map((value) => rejects(`offset=${value}`, OFFSET_RULE)),
    ...['-1', 'x', '', '1.5', 'null'].map((value) => rejects(`campaign_id=${value}`, CAMPAIGN_RULE)),
    rejects('status=DONE&status=DONE', 'status may be given only once.'),
    rejects('action=a&action=b', 'action may be given only once.'),
    rejects('campaign_id=1&campaign_id=1', 'campaign_id may be given only once.'),
    rejects('limit=1&limit=2', 'limit may be given only once.'),
    rejects('offset=1&offset=2', 'offset may be given only once.'),
    rejects('status=X&limit=0&offset=y', `${STATUS_RULE} ${LIMIT_RULE} ${OFFSET_RULE}`),
    rejects('action=%zz', ENCODING_RULE),
    rejects('action=%ff', ENCODING_RULE),
    rejects('unknown=100%', ENCODING_RULE),
    {
      name: 'returns 404 for an unknown route',
      url: 'http://services.test/tasks/',
      status: 404,
      body: servicesError(
        9004,
        'object_not_found',
        'There is no such route. Use /tasks, without the extra slash.',
      ),
    },
    {
      name: 'returns the index of the API for the root, if the client accepts only JSON',
      url: 'http://services.test/',
      headers: { Accept: 'application/json' },
      status: 200,
      body: { tasks: 'tasks', openapi: 'openapi.json', docs: 'docs' },
    },
    {
      name: 'does not serve its internal routing path',
      url: 'http://services.test/services/tasks',
      status: 404,
    },
    {
      name: 'returns 405 for an unsupported method and lists the allowed methods',
      url: TASKS_URL,
      method: 'PUT',
      status: 405,
      body: servicesError(4, 'http_request_method_not_allowed', 'This path answers GET, HEAD, POST only.'),
      responseHeaders: { allow: 'GET, HEAD, POST' },
    },
    {
      name: 'returns 405 for OPTIONS',
      url: 'http://services.test/openapi.json',
      method: 'OPTIONS',
      status: 405,
    },
  ]);

  it('returns 500 without the error message, and logs it with the request id', async () => {
    const { app, store, logLines } = await createTestGateway();
    const headers = await asChain(store, 1);
    store.servicesTasks.list = () => Promise.reject(new Error('SELECT secret FROM /path'));
    const response = await app.request(TASKS_URL, { headers });
    expect(response.status).toBe(500);
    expect(await response.json()).toEqual(
      servicesError(
        9050,
        'internal_error',
        'Something went wrong on our side; the X-Request-Id names this request.',
      ),
    );
    expect(logLines.join()).toContain('SELECT secret');
    expect(logLines.join()).toContain('"requestId":"fresh-id"');
  });

  it('returns 503 and closes the connection while the server is shutting down', async () => {
    const { app } = await createTestGateway({ isDraining: true });
    const response = await app.request(TASKS_URL);
    expect(response.status).toBe(503);
    expect(response.headers.get('connection')).toBe('close');
    expect(response.headers.get('retry-after')).toBe('1');
    expect(await response.json()).toMatchObject({ error: { code: 9053, name: 'service_unavailable' } });
  });

  it('returns every documented error', async () => {
    const returned = new Set<string>();
    const requests: Scenario[] = [
      { name: '', url: 'http://services.test/tasks?limit=0', status: 400 },
      { name: '', url: TASKS_URL, setUp: async () => undefined, status: 401 },
      {
        name: '',
        url: TASKS_URL,
        setUp: ({ store }) => asAdmin(store, 1, 1),
        status: 403,
      },
      { name: '', url: 'http://services.test/x', status: 404 },
      { name: '', url: TASKS_URL, headers: { 'If-Match': '"other"' }, status: 412 },
      {
        name: '',
        url: 'http://services.test/tasks/1/execute',
        method: 'POST',
        headers: { 'Content-Encoding': 'gzip' },
        requestBody: 'x',
        status: 415,
      },
      {
        name: '',
        url: TASKS_URL,
        method: 'POST',
        setUp: async (gateway) => {
          const credentials = await withToken(gateway);
          const headers = { ...credentials, 'Idempotency-Key': 'a', 'Content-Type': 'application/json' };
          const init = { method: 'POST', headers, body: JSON.stringify(newTask('first')) };
          await gateway.app.request(TASKS_URL, init);
          return headers;
        },
        requestBody: newTask('second'),
        status: 422,
      },
      { name: '', url: TASKS_URL, method: 'PUT', status: 405 },
      {
        name: '',
        url: 'http://services.test/tasks/1/execute',
        method: 'POST',
        setUp: withTasks({}),
        status: 409,
      },
      {
        name: '',
        url: TASKS_URL,
        method: 'POST',
        headers: { 'Content-Length': '2000000' },
        requestBody: 'x'.repeat(2_000_000),
        status: 413,
      },
    ];
    for (const scenario of requests) {
      const { text } = await runScenario(scenario, withToken);
      returned.add(JSON.parse(text).error.name);
    }
    const testedElsewhere = ['internal_error', 'service_unavailable', 'too_many_requests'];
    expect([...returned, ...testedElsewhere].sort()).toEqual(
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
