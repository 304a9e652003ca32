import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type CachedServer, openCachedServer } from '../support/cached-server.ts';
import { asChain } from '../support/gateway.ts';
import { requestText, sendRequest } from '../support/raw-http.ts';

const HDP = 'hdp.test';
const SERVICES = 'services.test';

let server: CachedServer;
let token: Record<string, string>;
beforeAll(async () => {
  server = await openCachedServer();
  token = await asChain(server.writer, 1764);
});
afterAll(() => server.close());

describe('a path with an extra slash', () => {
  it.each([
    [HDP, '/tasks/', '/tasks'],
    [HDP, '//tasks', '/tasks'],
    [HDP, '/tasks/01ARZ3NDEKTSV4RRFFQ69G5FAV/status/', '/tasks/01ARZ3NDEKTSV4RRFFQ69G5FAV/status'],
    [SERVICES, '/tasks/', '/tasks'],
    [SERVICES, '/tasks/1/download_url/', '/tasks/1/download_url'],
  ])('of %s, %s, returns 404 with the hint to use %s', async (host, path, hint) => {
    const answer = await sendRequest(server.port, requestText(host, path, { headers: token }));
    expect(answer.status).toBe(404);
    expect(answer.body).toContain(`Use ${hint}, without the extra slash.`);
  });

  it('gets no hint if there is no such route', async () => {
    expect((await sendRequest(server.port, requestText(HDP, '/taskz/'))).body).toBe('{"error":"Not found"}');
    const services = await sendRequest(server.port, requestText(SERVICES, '/taskz/', { headers: token }));
    expect(services.body).not.toContain('Use /');
  });
});
