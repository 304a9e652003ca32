import { describe, expect, it } from 'vitest';
import { createTestGateway } from '../support/gateway.ts';
import { type Scenario, testScenarios } from '../support/scenarios.ts';

const rejects = (query: string, error: string): Scenario => ({
  name: `returns 400 for ${query.slice(0, 60)}`,
  url: `http://hdp.test/tasks?${query}`,
  status: 400,
  body: { error },
});
const PAGE = 'hdp_tasks_page must be an integer from 1 to 9007199254740991.';
const PER_PAGE = 'hdp_tasks_per_page must be an integer from 1 to 100.';
const ENCODING = 'The URL has a malformed percent-encoding; write % itself as %25.';

describe('errors of the HDP API', () => {
  testScenarios(undefined, [
    ...['0', '-1', '1e1', '0x1', '1.0', '%201', '', 'x', '99999999999999999999'].map((value) =>
      rejects(`hdp_tasks_page=${value}`, PAGE),
    ),
    ...['0', '101', '1e1', '', 'ten'].map((value) => rejects(`hdp_tasks_per_page=${value}`, PER_PAGE)),
    ...['a', '%F0%9F%98%80'].map((character) =>
      rejects(
        `hdp_tasks_search=${character.repeat(201)}`,
        'hdp_tasks_search must be at most 200 characters.',
      ),
    ),
    rejects('hdp_tasks_page=1&hdp_tasks_page=2', 'hdp_tasks_page may be given only once.'),
    rejects('hdp_tasks_per_page=1&hdp_tasks_per_page=1', 'hdp_tasks_per_page may be given only once.'),
    rejects('hdp_tasks_search=a&hdp_tasks_search=', 'hdp_tasks_search may be given only once.'),
    rejects('hdp_tasks_page=0&hdp_tasks_per_page=0', `${PAGE} ${PER_PAGE}`),
    rejects('hdp_tasks_search=100%_real', ENCODING),
    rejects('hdp_tasks_search=%c3', ENCODING),
    {
      name: 'returns 404 for an unknown route',
      url: 'http://hdp.test/nothing',
      status: 404,
      body: { error: 'Not found' },
    },
    {
      name: 'returns the index of the API for the root, if the client accepts only JSON',
      url: 'http://hdp.test/',
      headers: { Accept: 'application/json' },
      status: 200,
      body: { tasks: 'tasks', openapi: 'openapi.json', docs: 'docs' },
    },
    { name: 'does not serve its internal routing path', url: 'http://hdp.test/hdp/tasks', status: 404 },
    {
      name: 'returns 405 for an unsupported method and lists the allowed methods',
      url: 'http://hdp.test/tasks',
      method: 'DELETE',
      status: 405,
      body: { error: 'This path answers GET, HEAD, POST only.' },
      responseHeaders: { allow: 'GET, HEAD, POST' },
    },
  ]);

  it('returns 500 without the error message', async () => {
    const { app, store } = await createTestGateway();
    store.hdpTasks.list = () => Promise.reject(new Error('SELECT secret FROM /path'));
    const response = await app.request('http://hdp.test/tasks');
    expect(response.status).toBe(500);
    expect(await response.text()).toBe('{"error":"Internal Server Error"}');
  });

  it('returns 503 while the server is shutting down', async () => {
    const { app } = await createTestGateway({ isDraining: true });
    const response = await app.request('http://hdp.test/tasks');
    expect(response.status).toBe(503);
    expect(response.headers.get('retry-after')).toBe('1');
    expect(await response.text()).toBe('{"error":"Service unavailable"}');
  });
});
