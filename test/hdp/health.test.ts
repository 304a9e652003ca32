import { describe, expect, it } from 'vitest';
import { createTestGateway } from '../support/gateway.ts';

describe('GET /is-alive', () => {
  const url = 'http://hdp.test/is-alive';

  it('returns 200 when the database can be read', async () => {
    const response = await (await createTestGateway()).app.request(url);
    expect(response.status).toBe(200);
    expect(await response.text()).toBe(
      '{"status":"healthy","database":"operational","queues":"operational"}',
    );
  });

  it('returns 503 without the cause when the database cannot be read, and logs the cause', async () => {
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
    const response = await (await createTestGateway({ isDraining: true })).app.request(url);
    expect(response.status).toBe(503);
    expect(await response.text()).toBe(
      '{"status":"unhealthy","database":"operational","queues":"unavailable"}',
    );
  });
});
