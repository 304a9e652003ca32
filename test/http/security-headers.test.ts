import { describe, expect, it } from 'vitest';
import { asChain, createTestGateway } from '../support/gateway.ts';
import { openServer } from '../support/http-server.ts';

const EXPECTED = {
  'x-content-type-options': 'nosniff',
  'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
  'referrer-policy': 'no-referrer',
};

describe('the security headers', () => {
  it.each([
    ['a list', 'http://hdp.test/tasks', 200],
    ['the health check', 'http://hdp.test/is-alive', 200],
    ['an invalid query', 'http://hdp.test/tasks?hdp_tasks_page=x', 400],
    ['missing credentials', 'http://services.test/tasks', 401],
    ['an unknown path', 'http://hdp.test/x', 404],
    ['an unknown host', 'http://other.test/', 421],
    ['the OpenAPI document', 'http://services.test/openapi.json', 200],
  ])('are on the response to %s', async (_, url, status) => {
    const { app } = await createTestGateway();
    const response = await app.request(url);
    expect(response.status).toBe(status);
    expect(Object.fromEntries(response.headers)).toMatchObject(EXPECTED);
  });

  it('are on cached responses and on refusals of the server', async () => {
    const { ask, writer } = await openServer();
    const headers = { Host: 'services.test', ...(await asChain(writer, 1)) };
    await ask('/tasks', headers);
    expect(await ask('/tasks', headers)).toMatchObject({ wasCached: true, headers: EXPECTED });
    expect(await ask('/a\\b', headers)).toMatchObject({ status: 400, headers: EXPECTED });
  });
});
