import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type CachedServer, openCachedServer } from '../support/cached-server.ts';
import { encodeLatin1, expectServerError, requestHead } from '../support/http-server.ts';
import { requestText, sendRequest, withConnection } from '../support/raw-http.ts';

const HDP = 'hdp.test';
const SERVICES = 'services.test';
const LONG = 'a'.repeat(20_000);

let server: CachedServer;

beforeAll(async () => {
  server = await openCachedServer();
});
afterAll(() => server.close());

describe('a request that the server rejects before the app', () => {
  it.each<[string, string | Buffer, number, string]>([
    [
      'CONNECT',
      requestHead('CONNECT a.test:443 HTTP/1.1', 'Host: a.test:443'),
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
      'an unknown method',
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
      'a target with an invalid host',
      requestText(HDP, 'http://[::1/tasks'),
      400,
      'The request target is not a valid http URL',
    ],
    [
      'a target with a user',
      requestText(HDP, `http://${SERVICES}@${HDP}/tasks`),
      400,
      'The request target must not name a user',
    ],
    [
      'a target with a fragment',
      requestText(HDP, '/tasks#x'),
      400,
      'A # in the request target must be percent-encoded',
    ],
    [
      'a target without a host',
      requestText(HDP, 'http:///tasks'),
      400,
      'The request target is not a valid http URL',
    ],
    [
      'a Host that ends in a byte beyond ASCII',
      encodeLatin1(requestText(`${HDP}\u00a0`, '/tasks')),
      400,
      'The Host header is malformed',
    ],
    ['GET *', requestText(HDP, '*'), 400, 'The request target * is for OPTIONS alone'],
    [
      'the same Host twice',
      requestHead('GET /tasks HTTP/1.1', `Host: ${HDP}`, `Host: ${HDP}`),
      400,
      'The request has more than one Host header',
    ],
    [
      'two different Hosts',
      requestHead('GET /tasks HTTP/1.1', `Host: ${HDP}`, `host: ${SERVICES}`),
      400,
      'The request has more than one Host header',
    ],
    ['no Host', requestHead('GET /tasks HTTP/1.1'), 400, 'The request has no Host header'],
    ['an empty Host', requestHead('GET /tasks HTTP/1.1', 'Host:'), 400, 'The Host header is empty'],
    ['a Host with a space', requestText('a b', '/tasks'), 400, 'The Host header is malformed'],
    ['a Host with a path', requestText(`${HDP}/x`, '/tasks'), 400, 'The Host header is malformed'],
    ['a Host with a user', requestText(`user@${HDP}`, '/tasks'), 400, 'The Host header is malformed'],
    ['a port beyond 65535', requestText(`${HDP}:65536`, '/tasks'), 400, 'The Host header is malformed'],
    ['a port that is no number', requestText(`${HDP}:http`, '/tasks'), 400, 'The Host header is malformed'],
    ['a Host that is an invalid IPv4 address', requestText('256.0.0.1:443', '/tasks'), 421, 'Unknown host'],
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
      requestHead('GET /tasks HTTP/1.1', `Host: ${HDP}`, 'X Odd: 1'),
      400,
      'A request header has characters that are not valid in HTTP',
    ],
    [
      'a Content-Length that is no number',
      requestText(HDP, '/tasks', { method: 'POST', headers: { 'Content-Length': 'x' } }),
      400,
      'The Content-Length header is not valid, or it occurs more than once',
    ],
    [
      'two Content-Length headers',
      requestHead('POST /tasks HTTP/1.1', `Host: ${HDP}`, 'Content-Length: 1', 'Content-Length: 2'),
      400,
      'The Content-Length header is not valid, or it occurs more than once',
    ],
    [
      'Content-Length with Transfer-Encoding',
      requestHead('POST /tasks HTTP/1.1', `Host: ${HDP}`, 'Content-Length: 3', 'Transfer-Encoding: chunked'),
      400,
      'The Transfer-Encoding is not supported; use chunked alone, without Content-Length',
    ],
    [
      'HTTP/2 with prior knowledge',
      'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n',
      505,
      'The HTTP version is not supported; use HTTP/1.1',
    ],
    [
      'HTTP/3.0',
      requestHead('GET /tasks HTTP/3.0', `Host: ${HDP}`),
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
      requestHead('GET /tasks HTTP/1.2', `Host: ${HDP}`),
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
      'a target that begins with ?',
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
    ['an SMTP command', 'EHLO hdp.test\r\n\r\n', 400, 'The request is not valid HTTP'],
    [
      'a TLS ClientHello',
      '\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03',
      400,
      'The request is not valid HTTP',
    ],
  ])('gets an error response and is logged at info: %s', async (_, bytes, status, sentence) => {
    const logStart = server.logLines.length;
    const answer = await sendRequest(server.port, bytes);
    expectServerError(answer, sentence);
    expect(answer.status).toBe(status);
    const logged = server.logLines.slice(logStart).map((line) => JSON.parse(line));
    expect(logged).toMatchObject([{ level: 30, msg: 'request refused', status, reason: sentence }]);
    expect(logged[0].requestId).toBe(answer.headers.get('x-request-id'));
  });

  it('has an Allow header for OPTIONS *', async () => {
    const { headers } = await sendRequest(server.port, requestText(HDP, '*', { method: 'OPTIONS' }));
    expect(headers.get('allow')).toBe('GET, HEAD, POST');
  });

  it('keeps the request id of the client if the headers can be parsed', async () => {
    const headers = { 'X-Request-Id': 'of-the-client#1', Expect: 'foo' };
    expect(
      (await sendRequest(server.port, requestText(HDP, '/tasks', { headers }))).headers.get('x-request-id'),
    ).toBe('of-the-client#1');
    const malformed = requestText(HDP, 'http://[::1/tasks', { headers: { 'X-Request-Id': 'mine' } });
    expect((await sendRequest(server.port, malformed)).headers.get('x-request-id')).toBe('mine');
    const connect = requestHead('CONNECT a.test:1 HTTP/1.1', 'Host: a.test:1', 'X-Request-Id: a.b');
    expect((await sendRequest(server.port, connect)).headers.get('x-request-id')).toBe('a.b');
  });

  it('gets no body if its method is HEAD', () =>
    withConnection(server.port, async (wire) => {
      wire.send(requestText(HDP, `/${LONG}`, { method: 'HEAD' }));
      expect((await wire.readResponse('HEAD')).status).toBe(431);
      await wire.waitUntilClosed();
      expect(wire.unread()).toBe('');
    }));

  it('keeps the connection open if the next request can be parsed', () =>
    withConnection(server.port, async (wire) => {
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
