import { describe, expect, it } from 'vitest';
import { createOrigin, createTrustCheck, hostName } from '../src/http/hosts.ts';
import { createTestGateway } from './support/gateway.ts';

const answer = async (url: string, headers: Record<string, string> = {}, env?: object) => {
  const { app } = await createTestGateway({ trustedProxies: ['10.0.0.0/8', '::1'] });
  const response = await app.request(url, { headers }, env);
  const served = { 200: 'hdp', 401: 'services' }[response.status];
  return { response, api: served ?? `${response.status} ${await response.text()}` };
};
const fromPeer = (remoteAddress: string) => ({
  incoming: { socket: { remoteAddress }, rawHeaders: [] },
});

describe('routing by host', () => {
  it.each([
    ['http://services.test/tasks', 'services'],
    ['http://hdp.test/tasks', 'hdp'],
    ['http://HDP.Test/tasks', 'hdp'],
    ['http://hdp.test:8787/tasks', 'hdp'],
    ['http://hdp.test./tasks', 'hdp'],
    ['http://hdp.test.:80/tasks', 'hdp'],
    ['http://hdp.test/t%61sks', 'hdp'],
    ['http://other.test/tasks', '421 {"error":"Unknown host"}'],
    ['http://other.test/hdp/tasks', '421 {"error":"Unknown host"}'],
    ['http://other.test/', '421 {"error":"Unknown host"}'],
    ['http://xhdp.test/tasks', '421 {"error":"Unknown host"}'],
    ['http://hdp.test.evil.test/tasks', '421 {"error":"Unknown host"}'],
    ['http://other.test/openapi.json', '421 {"error":"Unknown host"}'],
  ])('sends %s to %s', async (url, expected) => {
    expect((await answer(url)).api).toBe(expected);
  });

  it('rejects a request whose target and Host header name different hosts', async () => {
    const { api } = await answer('http://hdp.test/tasks', { Host: 'services.test' });
    expect(api).toBe('400 {"error":"The request names two different hosts"}');
    expect((await answer('http://hdp.test/tasks', { Host: 'HDP.test:80' })).api).toBe('hdp');
  });

  it('answers every request with an id, and keeps a valid id that the client sent', async () => {
    const id = async (url: string, sent: Record<string, string> = {}) =>
      (await answer(url, sent)).response.headers.get('x-request-id');
    expect(await id('http://other.test/')).toBe('fresh-id');
    expect(await id('http://hdp.test/tasks', { 'X-Request-Id': 'abc-1' })).toBe('abc-1');
    expect(await id('http://hdp.test/tasks', { 'X-Request-Id': 'a b"{}' })).toBe('fresh-id');
  });

  it.each([
    ['10.1.2.3', 'services.test', 'services'],
    ['::ffff:10.1.2.3', 'SERVICES.test:443', 'services'],
    ['::1', 'services.test, proxy.test', 'services'],
    ['10.1.2.3', 'other.test', '421 {"error":"Unknown host"}'],
    ['10.1.2.3', 'services.test:99999', '421 {"error":"Unknown host"}'],
    ['10.1.2.3', 'services.test/tasks', '421 {"error":"Unknown host"}'],
    ['10.1.2.3', 'a@services.test', '421 {"error":"Unknown host"}'],
    ['11.1.2.3', 'services.test', 'hdp'],
    ['::2', 'services.test', 'hdp'],
  ])('with X-Forwarded-Host from %s naming %s, serves %s', async (peer, forwarded, expected) => {
    const { api } = await answer('http://hdp.test/tasks', { 'X-Forwarded-Host': forwarded }, fromPeer(peer));
    expect(api).toBe(expected);
  });

  it('answers HEAD like GET, without a body', async () => {
    const { app } = await createTestGateway();
    const get = await app.request('http://hdp.test/tasks');
    const head = await app.request('http://hdp.test/tasks', { method: 'HEAD' });
    expect(head.status).toBe(200);
    expect(await head.text()).toBe('');
    expect([...head.headers]).toEqual([...get.headers]);
    expect(head.headers.get('content-length')).toBe(String((await get.text()).length));
  });
});

describe('host names', () => {
  it.each([
    ['Example.COM', 'example.com'],
    ['example.com.', 'example.com'],
    ['example.com.:8080', 'example.com'],
    ['[::1]:8787', '[::1]'],
    ['[2001:DB8:0::1]', '[2001:db8::1]'],
    ['[2001:0db8:0:0:0:0:0:1].:80', '[2001:db8::1]'],
    ['[::ffff:192.0.2.7]', '[::ffff:c000:207]'],
    ['[::1%eth0]', '[::1%eth0]'],
    ['[::1::]', '[::1::]'],
  ])('reads %s as %s', (host, name) => {
    expect(hostName(host)).toBe(name);
  });

  it('trusts single addresses and blocks of both families', () => {
    const isTrusted = createTrustCheck(['192.0.2.7', '2001:db8::/32']);
    expect(['192.0.2.7', '2001:db8:1::1'].map(isTrusted)).toEqual([true, true]);
    expect(['192.0.2.8', '2001:db9::1'].map(isTrusted)).toEqual([false, false]);
  });
});

describe('the origin of a URL to this server', () => {
  const forwarded = { 'X-Forwarded-Host': 'tasks.example.com, proxy.test', 'X-Forwarded-Proto': 'https' };
  it.each([
    ['9.9.9.9', {}, 'http://services.test:8787'],
    ['9.9.9.9', forwarded, 'http://services.test:8787'],
    ['10.1.2.3', forwarded, 'https://tasks.example.com'],
    ['10.1.2.3', { 'X-Forwarded-Proto': 'javascript' }, 'http://services.test:8787'],
    ['10.1.2.3', { 'X-Forwarded-Proto': 'HTTPS, http' }, 'https://services.test:8787'],
    ['10.1.2.3', { 'X-Forwarded-Host': 'Tasks.Example.com:80' }, 'http://tasks.example.com'],
    ['10.1.2.3', { 'X-Forwarded-Host': 'tasks.example.com:' }, 'http://tasks.example.com'],
  ])('is, for a request from %s with %j, %s', (peer, headers, origin) => {
    const request = new Request('http://services.test:8787/tasks/1/download_url', { headers });
    const env: object = fromPeer(peer);
    expect(createOrigin({ trustedProxies: ['10.0.0.0/8'] })(request, env)).toBe(origin);
  });
});
