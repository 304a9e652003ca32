import { connect } from 'node:net';
import { setTimeout } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it, onTestFinished, vi } from 'vitest';
import { headersTimeoutFor } from '../../src/http/server.ts';
import { type CachedServer, type CachedServerOptions, openCachedServer } from '../support/cached-server.ts';
import { asChain, asKey } from '../support/gateway.ts';
import { it as processIt } from '../support/process.ts';
import { type RawResponse, requestText, sendRequest, withConnection } from '../support/raw-http.ts';

// What the server itself does with a connection and a request that no API handles: bytes on real sockets.

const HDP = 'hdp.test';
const SERVICES = 'services.test';

async function open(options?: CachedServerOptions): Promise<CachedServer> {
  const server = await openCachedServer(options);
  onTestFinished(() => server.close());
  return server;
}

let shared: CachedServer;
let token: Record<string, string>;
beforeAll(async () => {
  shared = await openCachedServer();
  token = await asChain(shared.writer, 1764);
  await asKey(shared.writer, 'client');
});
afterAll(() => shared.close());

/** The headers that every response of the server itself has. */
function expectOwnResponse({ headers, body }: RawResponse, sentence: string): void {
  expect(JSON.parse(body)).toEqual({ error: sentence });
  expect(Object.fromEntries(headers)).toMatchObject({
    'content-type': 'application/json; charset=utf-8',
    'cache-control': 'no-store',
    'x-request-id': expect.stringMatching(/^(fresh-id|[\w-]{36})$/),
  });
  expect(Math.abs(Date.parse(headers.get('date') ?? '') - Date.now())).toBeLessThan(60_000);
}

const lines = (...all: string[]) => `${all.join('\r\n')}\r\n\r\n`;
/** With each character as one byte: 0xA0 is a space to JavaScript, and none to HTTP. */
const inLatin1 = (text: string) => Buffer.from(text, 'latin1');
const LONG = 'a'.repeat(20_000);

describe('a request that no API handles', () => {
  it.each<[string, string | Buffer, number, string]>([
    [
      'CONNECT',
      lines('CONNECT a.test:443 HTTP/1.1', 'Host: a.test:443'),
      501,
      'The request method CONNECT is not implemented; this server is not a proxy',
    ],
    [
      'an unknown expectation',
      requestText(HDP, '/tasks', { headers: { Expect: 'foo' } }),
      417,
      'The only expectation that is supported is 100-continue',
    ],
    [
      'a method that HTTP does not have',
      requestText(HDP, '/tasks', { method: 'FOO' }),
      501,
      'The request method FOO is not implemented',
    ],
    [
      'a method in lower case',
      requestText(HDP, '/tasks', { method: 'get' }),
      501,
      'The request method get is not implemented',
    ],
    [
      'a method of 50 characters',
      requestText(HDP, '/tasks', { method: 'F'.repeat(50) }),
      501,
      'The request method is not implemented',
    ],
    [
      'OPTIONS *',
      requestText(HDP, '*', { method: 'OPTIONS' }),
      405,
      'OPTIONS is not supported; use GET, HEAD or POST',
    ],
    [
      'a backslash in the path',
      requestText(HDP, '/\\tasks'),
      400,
      'A backslash in the request target must be percent-encoded',
    ],
    [
      'a target of another scheme',
      requestText(HDP, `ftp://${HDP}/tasks`),
      400,
      'The request target is not a valid http URL',
    ],
    [
      'a target whose host is no URL',
      requestText(HDP, 'http://[::1/tasks'),
      400,
      'The request target is not a valid http URL',
    ],
    [
      'a target without a host',
      requestText(HDP, 'http:///tasks'),
      400,
      'The request target is not a valid http URL',
    ],
    [
      'a Host that ends in a byte beyond ASCII',
      inLatin1(requestText(`${HDP}\u00a0`, '/tasks')),
      400,
      'The Host header is malformed',
    ],
    ['GET *', requestText(HDP, '*'), 400, 'The request target * is for OPTIONS alone'],
    [
      'the same Host twice',
      lines('GET /tasks HTTP/1.1', `Host: ${HDP}`, `Host: ${HDP}`),
      400,
      'The request has more than one Host header',
    ],
    [
      'two different Hosts',
      lines('GET /tasks HTTP/1.1', `Host: ${HDP}`, `host: ${SERVICES}`),
      400,
      'The request has more than one Host header',
    ],
    ['no Host', lines('GET /tasks HTTP/1.1'), 400, 'The request has no Host header'],
    ['an empty Host', lines('GET /tasks HTTP/1.1', 'Host:'), 400, 'The Host header is empty'],
    ['a Host with a space', requestText('a b', '/tasks'), 400, 'The Host header is malformed'],
    ['a Host with a path', requestText(`${HDP}/x`, '/tasks'), 400, 'The Host header is malformed'],
    ['a Host with a user', requestText(`user@${HDP}`, '/tasks'), 400, 'The Host header is malformed'],
    ['a port beyond 65535', requestText(`${HDP}:65536`, '/tasks'), 400, 'The Host header is malformed'],
    ['a port that is a word', requestText(`${HDP}:http`, '/tasks'), 400, 'The Host header is malformed'],
    ['a Host that no URL can have', requestText('256.0.0.1:443', '/tasks'), 421, 'Unknown host'],
    ['a percent sign in Host', requestText('hdp%2etest', '/tasks'), 421, 'Unknown host'],
    [
      'a target of 20,000 characters',
      requestText(HDP, `/${LONG}`),
      431,
      'The request target and the headers are too long',
    ],
    [
      'a header of 20,000 characters',
      requestText(HDP, '/tasks', { headers: { 'X-Long': LONG } }),
      431,
      'The request target and the headers are too long',
    ],
    [
      'raw UTF-8 in the target',
      requestText(HDP, '/tasks?hdp_tasks_search=É'),
      400,
      'The request target has characters that must be percent-encoded',
    ],
    [
      'a control character in a header',
      requestText(HDP, '/tasks', { headers: { 'X-Odd': 'a\u0001b' } }),
      400,
      'A request header has characters that are not valid in HTTP',
    ],
    [
      'a space in a header name',
      lines('GET /tasks HTTP/1.1', `Host: ${HDP}`, 'X Odd: 1'),
      400,
      'A request header has characters that are not valid in HTTP',
    ],
    [
      'a length that is a word',
      requestText(HDP, '/tasks', { method: 'POST', headers: { 'Content-Length': 'x' } }),
      400,
      'The Content-Length header is not valid, or it occurs more than once',
    ],
    [
      'two lengths',
      lines('POST /tasks HTTP/1.1', `Host: ${HDP}`, 'Content-Length: 1', 'Content-Length: 2'),
      400,
      'The Content-Length header is not valid, or it occurs more than once',
    ],
    [
      'a length and chunks',
      lines('POST /tasks HTTP/1.1', `Host: ${HDP}`, 'Content-Length: 3', 'Transfer-Encoding: chunked'),
      400,
      'The Transfer-Encoding is not supported; use chunked alone, without Content-Length',
    ],
    [
      'HTTP/2 without negotiation',
      'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n',
      505,
      'The HTTP version is not supported; use HTTP/1.1',
    ],
    [
      'HTTP/3.0',
      lines('GET /tasks HTTP/3.0', `Host: ${HDP}`),
      505,
      'The HTTP version is not supported; use HTTP/1.1',
    ],
    [
      'lines that end without CR',
      `GET /tasks HTTP/1.1\nHost: ${HDP}\n\n`,
      400,
      'The request is not valid HTTP',
    ],
    [
      'HTTP/1.2',
      lines('GET /tasks HTTP/1.2', `Host: ${HDP}`),
      505,
      'The HTTP version is not supported; use HTTP/1.1',
    ],
    [
      'a target without slash',
      requestText(HDP, 'tasks'),
      400,
      'The request target must begin with / or be a valid http URL',
    ],
    [
      'a target that is a query',
      requestText(HDP, '?x=1'),
      400,
      'The request target must begin with / or be a valid http URL',
    ],
    [
      'a target with one slash after its scheme',
      requestText(HDP, 'http:/tasks'),
      400,
      'The request target must begin with / or be a valid http URL',
    ],
    [
      'a target with a fragment after its host',
      requestText(HDP, `http://${HDP}#x`),
      400,
      'The request target must begin with / or be a valid http URL',
    ],
    [
      'raw UTF-8 in an absolute target',
      requestText(HDP, `http://${HDP}/É`),
      400,
      'The request target has characters that must be percent-encoded',
    ],
    ['another protocol', 'EHLO hdp.test\r\n\r\n', 400, 'The request is not valid HTTP'],
    ['a TLS hello', '\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03', 400, 'The request is not valid HTTP'],
  ])('is answered, and logged at info: %s', async (_, sent, status, sentence) => {
    const before = shared.logLines.length;
    const answer = await sendRequest(shared.port, sent);
    expectOwnResponse(answer, sentence);
    expect(answer.status).toBe(status);
    const logged = shared.logLines.slice(before).map((line) => JSON.parse(line));
    expect(logged).toMatchObject([{ level: 30, msg: 'request refused', status, reason: sentence }]);
    expect(logged[0].requestId).toBe(answer.headers.get('x-request-id'));
  });

  it('names the methods that there are for OPTIONS *', async () => {
    const { headers } = await sendRequest(shared.port, requestText(HDP, '*', { method: 'OPTIONS' }));
    expect(headers.get('allow')).toBe('GET, HEAD, POST');
  });

  it('keeps the request id of the client where the headers could be read', async () => {
    const headers = { 'X-Request-Id': 'of-the-client#1', Expect: 'foo' };
    expect(
      (await sendRequest(shared.port, requestText(HDP, '/tasks', { headers }))).headers.get('x-request-id'),
    ).toBe('of-the-client#1');
    const malformed = requestText(HDP, 'http://[::1/tasks', { headers: { 'X-Request-Id': 'mine' } });
    expect((await sendRequest(shared.port, malformed)).headers.get('x-request-id')).toBe('mine');
    const connect = lines('CONNECT a.test:1 HTTP/1.1', 'Host: a.test:1', 'X-Request-Id: a.b');
    expect((await sendRequest(shared.port, connect)).headers.get('x-request-id')).toBe('a.b');
  });

  it('gets no body if it is a HEAD', () =>
    withConnection(shared.port, async (wire) => {
      wire.send(requestText(HDP, `/${LONG}`, { method: 'HEAD' }));
      expect((await wire.readResponse('HEAD')).status).toBe(431);
      await wire.waitUntilClosed();
      expect(wire.unread()).toBe('');
    }));

  it('does not end a connection on which the next request can be told apart', () =>
    withConnection(shared.port, async (wire) => {
      wire.send(
        requestText('a b', '/tasks') +
          requestText(HDP, '*', { method: 'OPTIONS' }) +
          requestText(HDP, '/tasks'),
      );
      expect([await wire.readResponse(), await wire.readResponse(), await wire.readResponse()]).toMatchObject(
        [{ status: 400 }, { status: 405 }, { status: 200 }],
      );
    }));
});

describe('a host name', () => {
  it.each([`${HDP}:`, `${HDP}:80`, `${HDP}:08787`, `${HDP}.`, `${HDP}.:1`, 'HDP.Test', ` ${HDP} `])(
    'may be written "%s"',
    async (host) => {
      const { status, body } = await sendRequest(shared.port, requestText(host, '/tasks'));
      expect({ status, isHdp: 'pagination' in JSON.parse(body) }).toEqual({ status: 200, isHdp: true });
    },
  );

  it('may come with the scheme in capitals', async () => {
    expect(
      (await sendRequest(shared.port, requestText(HDP, `HTTP://${HDP.toUpperCase()}/tasks`))).status,
    ).toBe(200);
  });

  it('may come with the target alone before HTTP/1.1', async () => {
    expect((await sendRequest(shared.port, lines(`GET http://${HDP}/tasks HTTP/1.0`))).status).toBe(200);
    expect((await sendRequest(shared.port, lines('GET /tasks HTTP/1.0'))).status).toBe(400);
  });

  it.each([
    ['[::1]:8787', '421'],
    ['[::1', '400'],
    ['127.0.0.1', '421'],
    ['xn--bcher-kva.test', '421'],
    ['a_b.test', '421'],
  ])('"%s", which is none of ours, is %s', async (host, status) => {
    expect(String((await sendRequest(shared.port, requestText(host, '/tasks'))).status)).toBe(status);
  });
});

describe('GET /is-alive', () => {
  it.each<[string, string | Buffer]>([
    ['an address', requestText('10.1.2.3:8787', '/is-alive')],
    ['an IPv6 address', requestText('[fd00::1]:8787', '/is-alive')],
    ['an unknown name', requestText('pod-7.cluster.local', '/is-alive')],
    ['the Services host', requestText(SERVICES, '/is-alive')],
    ['no Host', lines('GET /is-alive HTTP/1.1')],
    ['no Host in HTTP/1.0', lines('GET /is-alive HTTP/1.0')],
    ['an empty Host', lines('GET /is-alive HTTP/1.1', 'Host:')],
    ['a malformed Host', requestText('a b', '/is-alive')],
    ['two Hosts', lines('GET /is-alive HTTP/1.1', 'Host: a.test', 'Host: b.test')],
    ['a query', requestText('10.1.2.3', '/is-alive?probe=1')],
    ['a Host that ends in a byte beyond ASCII', inLatin1(requestText('x\u00a0', '/is-alive'))],
    ['an absolute target in capitals', requestText(HDP, `HTTP://${HDP}/is-alive`)],
    ['an absolute target of a host that is no URL', requestText(HDP, 'http://256.0.0.1/is-alive')],
    ['an absolute target of another name', requestText('10.1.2.3', 'http://10.1.2.3/is-alive')],
  ])('is answered with %s', async (_, sent) => {
    const { status, headers } = await sendRequest(shared.port, sent);
    expect(status).toBe(200);
    expect(headers.get('cache-control')).toBe('no-cache');
  });

  it('is answered as HEAD', () =>
    withConnection(shared.port, async (wire) => {
      wire.send(requestText('10.1.2.3', '/is-alive', { method: 'HEAD' }));
      expect((await wire.readResponse('HEAD')).status).toBe(200);
    }));

  it.each(['/is-alive/', '/is-alivex', '/x/is-alive', '/tasks?/is-alive', '//is-alive', '/tasks'])(
    'opens nothing else on an unknown host: %s',
    async (target) => {
      expect((await sendRequest(shared.port, requestText('10.1.2.3', target))).status).toBe(421);
    },
  );
});

describe('a path with an extra slash', () => {
  it.each([
    [HDP, '/tasks/', '/tasks'],
    [HDP, '//tasks', '/tasks'],
    [HDP, '/tasks/01ARZ3NDEKTSV4RRFFQ69G5FAV/status/', '/tasks/01ARZ3NDEKTSV4RRFFQ69G5FAV/status'],
    [SERVICES, '/tasks/', '/tasks'],
    [SERVICES, '/tasks/1/download_url/', '/tasks/1/download_url'],
  ])('of %s, %s, is 404 with a hint at %s', async (host, path, meant) => {
    const answer = await sendRequest(shared.port, requestText(host, path, { headers: token }));
    expect(answer.status).toBe(404);
    expect(answer.body).toContain(`Use ${meant}, without the extra slash.`);
  });

  it('gets no hint where there is no such route', async () => {
    expect((await sendRequest(shared.port, requestText(HDP, '/taskz/'))).body).toBe('{"error":"Not found"}');
    const services = await sendRequest(shared.port, requestText(SERVICES, '/taskz/', { headers: token }));
    expect(services.body).not.toContain('Use /');
  });
});

describe('a connection', () => {
  it('stays open for 65 seconds without a request by default, and headers may take longer than that', async () => {
    const { headers } = await sendRequest(shared.port, requestText(HDP, '/tasks'));
    expect(headers.get('keep-alive')).toBe('timeout=65');
    expect(headersTimeoutFor(65_000)).toBe(70_000);
    expect(headersTimeoutFor(1000)).toBe(60_000);
  });

  processIt('stays open for KEEP_ALIVE_TIMEOUT', async ({ sandbox }) => {
    const { port } = await sandbox.serve([], { KEEP_ALIVE_TIMEOUT: '1' });
    await withConnection(port, async (wire) => {
      wire.send(requestText('hdp.localhost', '/tasks'));
      expect((await wire.readResponse()).headers.get('keep-alive')).toBe('timeout=1');
      await wire.waitUntilClosed();
    });
  });

  it('on which the headers take too long is answered 408', async () => {
    const server = await open({ server: { headersTimeoutMs: 200, connectionsCheckingIntervalMs: 50 } });
    await withConnection(server.port, async (wire) => {
      wire.send('GET /tasks HTTP/1.1\r\nHost: hdp');
      const answer = await wire.readResponse();
      expectOwnResponse(answer, 'The request did not arrive in time');
      expect(answer.status).toBe(408);
      await wire.waitUntilClosed();
    });
  });

  it('may ask to change the protocol, and is served as before', async () => {
    const headers = { Connection: 'Upgrade', Upgrade: 'websocket' };
    expect((await sendRequest(shared.port, requestText(HDP, '/tasks', { headers }))).status).toBe(200);
    const h2c = { Connection: 'Upgrade, HTTP2-Settings', Upgrade: 'h2c', 'HTTP2-Settings': '' };
    expect((await sendRequest(shared.port, requestText(HDP, '/tasks', { headers: h2c }))).status).toBe(200);
  });

  it('is told to continue before it sends a body', () =>
    withConnection(shared.port, async (wire) => {
      const body = '{"destination_chain_id":"0x1","input":{}}';
      const headers = {
        'X-API-KEY': 'key-of-a-client',
        'Content-Type': 'application/json',
        'Content-Length': String(body.length),
        Expect: '100-continue',
      };
      wire.send(requestText(HDP, '/tasks', { method: 'POST', headers }));
      expect((await wire.readResponse('HEAD')).status).toBe(100);
      wire.send(body);
      expect((await wire.readResponse()).status).toBe(200);
    }));
});

describe('a client that disconnects in the middle of its body', () => {
  const head = (extra: Record<string, string>) =>
    requestText(HDP, '/tasks', {
      method: 'POST',
      headers: { 'X-API-KEY': 'key-of-a-client', 'Content-Type': 'application/json', ...extra },
    });

  it.each([
    ['of a known length', `${head({ 'Content-Length': '1000' })}{"destination`],
    ['in chunks', `${head({ 'Transfer-Encoding': 'chunked' })}5\r\n{"des`],
    ['before its first byte', head({ 'Content-Length': '10' })],
  ])('(%s) is logged as aborted, at info, and makes nothing', async (_, sent) => {
    const server = await open();
    await asKey(server.writer, 'client');
    await withConnection(server.port, async (wire) => {
      wire.send(sent);
      // What was sent first is read first.
      await sendRequest(server.port, requestText(HDP, '/is-alive'));
      wire.abort();
    });
    const logged = await vi.waitUntil(() => server.logLines.find((line) => line.includes('/tasks')));
    expect(JSON.parse(logged)).toMatchObject({ level: 30, msg: 'request aborted', status: 499 });
    expect(server.logLines.filter((line) => JSON.parse(line).level > 30)).toEqual([]);
    expect(
      JSON.parse((await sendRequest(server.port, requestText(HDP, '/tasks'))).body).pagination.total,
    ).toBe(0);
  });

  it.each([
    ['of a known length', `${head({ 'Content-Length': '1000' })}{"destination`],
    ['in chunks', `${head({ 'Transfer-Encoding': 'chunked' })}5\r\n{"des`],
  ])('by closing its side alone (%s) is logged as aborted too', async (_, sent) => {
    const server = await open();
    await asKey(server.writer, 'client');
    await withConnection(server.port, async (wire) => {
      wire.send(sent);
      await sendRequest(server.port, requestText(HDP, '/is-alive'));
      wire.endWriting();
      await wire.waitUntilClosed();
      expect(wire.unread()).toBe('');
    });
    const logged = await vi.waitUntil(() => server.logLines.find((line) => line.includes('/tasks')));
    expect(JSON.parse(logged)).toMatchObject({ level: 30, msg: 'request aborted', status: 499 });
    expect(server.logLines.filter((line) => JSON.parse(line).level > 30)).toEqual([]);
  });

  it('that sends a chunk without a size is told so, and makes nothing', async () => {
    const server = await open();
    await asKey(server.writer, 'client');
    const answer = await sendRequest(server.port, `${head({ 'Transfer-Encoding': 'chunked' })}zz\r\n`);
    expectOwnResponse(answer, 'The chunked request body is not valid');
    expect(server.logLines.filter((line) => JSON.parse(line).level > 30)).toEqual([]);
    expect(
      JSON.parse((await sendRequest(server.port, requestText(HDP, '/tasks'))).body).pagination.total,
    ).toBe(0);
  });
});

describe('bytes that are not HTTP', () => {
  /** A server that answers /tasks only when told to. */
  async function openSlowly() {
    let answer = () => {};
    let hasArrived = false;
    const server = await open({
      fetch: () =>
        new Promise<Response>((resolve) => {
          hasArrived = true;
          answer = () => resolve(new Response('the response of the app'));
        }),
    });
    return { server, arrived: () => vi.waitUntil(() => hasArrived), answer: () => answer() };
  }

  it('during the computation of a response destroy the connection, and nothing is written', async () => {
    const { server, arrived, answer } = await openSlowly();
    await withConnection(server.port, async (wire) => {
      wire.send(requestText(HDP, '/tasks'));
      await arrived();
      wire.send('not HTTP at all\r\n\r\n');
      await wire.waitUntilClosed();
      expect(wire.unread()).toBe('');
    });
    answer();
  });

  it('in the middle of a response body are never answered inside of it', async () => {
    const server = await open({
      fetch: () =>
        new Response(
          new ReadableStream({
            start: (controller) => controller.enqueue(new TextEncoder().encode('the beginning')),
          }),
        ),
    });
    await withConnection(server.port, async (wire) => {
      wire.send(requestText(HDP, '/tasks'));
      await vi.waitUntil(() => wire.unread().includes('the beginning'));
      wire.send('\x16\x03\x01 garbage\r\n\r\n');
      await wire.waitUntilClosed();
      expect(wire.unread()).not.toContain('not valid HTTP');
      expect(wire.unread().match(/HTTP\/1\.1/g)).toHaveLength(1);
    });
  });

  it('after a complete request are answered after its response', () =>
    withConnection(shared.port, async (wire) => {
      wire.send(requestText(HDP, '/tasks'));
      expect((await wire.readResponse()).status).toBe(200);
      wire.send('not HTTP at all\r\n\r\n');
      expect((await wire.readResponse()).status).toBe(400);
      await wire.waitUntilClosed();
    }));

  it('that keep coming are answered once, and reset no connection whose client still has to read', async () => {
    const socket = connect({ port: shared.port, host: '127.0.0.1', allowHalfOpen: true });
    const errors: Error[] = [];
    let received = '';
    socket.on('error', (error) => errors.push(error));
    socket.on('data', (bytes) => {
      received += bytes.toString();
    });
    for (let n = 0; n < 14; n += 1) {
      socket.write('not HTTP at all\r\n\r\n');
      await setTimeout(40);
    }
    expect(errors).toEqual([]);
    expect(received.match(/HTTP\/1\.1 400/g)).toHaveLength(1);
    socket.destroy();
  });
});
