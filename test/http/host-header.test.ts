import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type CachedServer, openCachedServer } from '../support/cached-server.ts';
import { encodeLatin1, requestHead } from '../support/http-server.ts';
import { requestText, sendRequest, withConnection } from '../support/raw-http.ts';

const HDP = 'hdp.test';
const SERVICES = 'services.test';

let server: CachedServer;

beforeAll(async () => {
  server = await openCachedServer();
});
afterAll(() => server.close());

describe('the Host header', () => {
  it.each([`${HDP}:`, `${HDP}:80`, `${HDP}:08787`, `${HDP}.`, `${HDP}.:1`, 'HDP.Test', ` ${HDP} `])(
    'selects the HDP API as "%s"',
    async (host) => {
      const { status, body } = await sendRequest(server.port, requestText(host, '/tasks'));
      expect({ status, isHdp: 'pagination' in JSON.parse(body) }).toEqual({ status: 200, isHdp: true });
    },
  );

  it('may agree with an absolute target in capitals', async () => {
    expect(
      (await sendRequest(server.port, requestText(HDP, `HTTP://${HDP.toUpperCase()}/tasks`))).status,
    ).toBe(200);
  });

  it('may be absent in HTTP/1.0 if the target has a host', async () => {
    expect((await sendRequest(server.port, requestHead(`GET http://${HDP}/tasks HTTP/1.0`))).status).toBe(
      200,
    );
    expect((await sendRequest(server.port, requestHead('GET /tasks HTTP/1.0'))).status).toBe(400);
  });

  it.each([
    ['[::1]:8787', '421'],
    ['[::1', '400'],
    ['127.0.0.1', '421'],
    ['xn--bcher-kva.test', '421'],
    ['a_b.test', '421'],
  ])('with the unknown host "%s" returns %s', async (host, status) => {
    expect(String((await sendRequest(server.port, requestText(host, '/tasks'))).status)).toBe(status);
  });
});

describe('GET /is-alive on any host', () => {
  it.each<[string, string | Buffer]>([
    ['an address', requestText('10.1.2.3:8787', '/is-alive')],
    ['an IPv6 address', requestText('[fd00::1]:8787', '/is-alive')],
    ['an unknown name', requestText('pod-7.cluster.local', '/is-alive')],
    ['the Services host', requestText(SERVICES, '/is-alive')],
    ['no Host', requestHead('GET /is-alive HTTP/1.1')],
    ['no Host in HTTP/1.0', requestHead('GET /is-alive HTTP/1.0')],
    ['an empty Host', requestHead('GET /is-alive HTTP/1.1', 'Host:')],
    ['a malformed Host', requestText('a b', '/is-alive')],
    ['two Hosts', requestHead('GET /is-alive HTTP/1.1', 'Host: a.test', 'Host: b.test')],
    ['a query', requestText('10.1.2.3', '/is-alive?probe=1')],
    ['a Host that ends in a byte beyond ASCII', encodeLatin1(requestText('x\u00a0', '/is-alive'))],
    ['an absolute target in capitals', requestText(HDP, `HTTP://${HDP}/is-alive`)],
    ['an absolute target with an invalid host', requestText(HDP, 'http://256.0.0.1/is-alive')],
    ['an absolute target of another host', requestText('10.1.2.3', 'http://10.1.2.3/is-alive')],
  ])('returns 200 with %s', async (_, bytes) => {
    const { status, headers } = await sendRequest(server.port, bytes);
    expect(status).toBe(200);
    expect(headers.get('cache-control')).toBe('no-cache');
  });

  it('returns 200 to HEAD', () =>
    withConnection(server.port, async (wire) => {
      wire.send(requestText('10.1.2.3', '/is-alive', { method: 'HEAD' }));
      expect((await wire.readResponse('HEAD')).status).toBe(200);
    }));

  it.each(['/is-alive/', '/is-alivex', '/x/is-alive', '/tasks?/is-alive', '//is-alive', '/tasks'])(
    'does not allow other targets on an unknown host: %s',
    async (target) => {
      expect((await sendRequest(server.port, requestText('10.1.2.3', target))).status).toBe(421);
    },
  );
});
