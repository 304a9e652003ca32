import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';
import Database from 'better-sqlite3';
import { beforeAll, describe, expect, vi } from 'vitest';
import { it, logLines, openSandbox, type Sandbox, stopServer } from './support/process.ts';
import { type RawResponse, requestText, sendRequest, withConnection } from './support/raw-http.ts';

// Tests of the built program as a process, with a database file and sockets.

const SERVICES = 'services.localhost';
const HDP = 'hdp.localhost';
const DEMO = { Authorization: 'Bearer demo:demo-secret-of-chain-1764' };
const UNKNOWN_HOST = { status: 421, body: '{"error":"Unknown host"}' };

const listServices = (port: number, headers: Record<string, string>) =>
  sendRequest(port, requestText(SERVICES, '/tasks', { headers }));
const hdpTotal = (response: RawResponse): unknown => JSON.parse(response.body).pagination.total;
const createToken = async (sandbox: Sandbox, chain: number) => {
  const { stdout } = await sandbox.taskgate(['tokens', 'create', '--chain', String(chain)]);
  return { Authorization: `Bearer ${stdout.trim()}` };
};

describe.concurrent('starting', () => {
  it.for([
    ['names that need no DNS', {}],
    ['names that this machine does not resolve', { SERVICES_HOSTS: 'a.example', HDP_HOSTS: 'b.example' }],
  ] as const)(
    'with --demo prints two curl commands that list tasks, for %s',
    async ([, env], { sandbox }) => {
      const server = await sandbox.serve(['--demo'], env);
      await expect.poll(server.stderr).toContain('hdp_tasks_search');
      const responses: unknown[] = [];
      for (const [line] of server.stderr().matchAll(/curl .+/g)) {
        const { status, body } = await runCurlLine(sandbox, server.port, line);
        responses.push({ status, body: JSON.parse(body) });
      }
      expect(responses).toEqual([
        { status: 200, body: expect.arrayContaining([expect.objectContaining({ id: 12345, chain: 1764 })]) },
        {
          status: 200,
          body: { tasks: expect.any(Array), pagination: expect.objectContaining({ total: 42 }) },
        },
      ]);
    },
  );

  it('on an existing database keeps its data', async ({ sandbox }) => {
    const first = await sandbox.serve(['--demo']);
    const before = await sendRequest(first.port, requestText(HDP, '/tasks'));
    const token = await createToken(sandbox, 1743);
    await sandbox.taskgate(['tokens', 'revoke', 'demo']);
    expect((await stopServer(first)).code).toBe(0);

    const second = await sandbox.serve(['--demo']);
    expect((await listServices(second.port, token)).status).toBe(200);
    expect((await listServices(second.port, DEMO)).status).toBe(401);
    expect((await sendRequest(second.port, requestText(HDP, '/tasks'))).body).toBe(before.body);
  });

  it('without --demo warns about each public credential that is active', async ({ sandbox }) => {
    await sandbox.taskgate(['seed']);
    await sandbox.taskgate(['keys', 'revoke', 'demo-processor']);
    const server = await sandbox.serve();
    await server.waitForLog(
      'the public demo token demo works here; to revoke it, run taskgate tokens revoke demo',
    );
    await server.waitForLog(
      'the public demo key demo-client works here; to revoke it, run taskgate keys revoke demo-client',
    );
    await stopServer(server);
    expect((await server.exited).stdout).not.toContain('demo-processor');
  });

  it('without --demo has no tasks and no demo token', async ({ sandbox }) => {
    const server = await sandbox.serve();
    expect(hdpTotal(await sendRequest(server.port, requestText(HDP, '/tasks')))).toBe(0);
    expect((await listServices(server.port, DEMO)).status).toBe(401);
    const token = await createToken(sandbox, 1764);
    expect(await listServices(server.port, token)).toMatchObject({ status: 200, body: '[]' });
  });

  it('with a wrong configuration reports every error in one sentence and exits with 1', async ({
    sandbox,
  }) => {
    const env = { PORT: '99999', LOG_LEVEL: 'loud', TRUSTED_PROXIES: 'proxy', HDP_HOSTS: ',' };
    const { code, stdout, stderr } = await sandbox.taskgate(['serve'], env);
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
    expect(stderr).toMatch(/^taskgate: The configuration is wrong: [^\n]+\.\n$/);
    for (const name of Object.keys(env)) expect(stderr).toContain(name);
  });

  it('on a port that is in use reports it in one sentence and exits with 1', async ({ sandbox }) => {
    const other = createServer().listen(0, '127.0.0.1');
    await once(other, 'listening');
    const { port } = other.address() as AddressInfo;
    const { code, stderr } = await sandbox.taskgate(['serve'], { PORT: String(port) });
    other.close();
    expect(code).toBe(1);
    expect(stderr).toBe(`taskgate: Cannot listen on 127.0.0.1:${port}: that port is in use.\n`);
  });
});

describe.concurrent('answering', () => {
  let port: number;
  beforeAll(async () => {
    const { sandbox, close } = openSandbox();
    ({ port } = await sandbox.serve(['--demo']));
    return close;
  });

  it('routes each request of a connection by its Host header', () =>
    withConnection(port, async (connection) => {
      connection.send(requestText(SERVICES, '/tasks', { headers: DEMO }));
      expect(JSON.parse((await connection.readResponse()).body)).toContainEqual(
        expect.objectContaining({ chain: 1764 }),
      );
      connection.send(requestText(HDP, '/tasks'));
      expect(JSON.parse((await connection.readResponse()).body)).toHaveProperty('pagination');
      connection.send(requestText(SERVICES, '/tasks'));
      expect((await connection.readResponse()).status).toBe(401);
    }));

  it('answers HEAD with the Content-Length of GET and no body', () =>
    withConnection(port, async (connection) => {
      // If HEAD had a body, it would be read as the second response.
      connection.send(requestText(HDP, '/tasks', { method: 'HEAD' }) + requestText(HDP, '/tasks'));
      const head = await connection.readResponse('HEAD');
      const get = await connection.readResponse();
      expect([head.status, get.status]).toEqual([200, 200]);
      expect(head.headers.get('content-length')).toBe(String(Buffer.byteLength(get.body)));
      expect(head.headers.get('content-type')).toBe('application/json; charset=utf-8');
    }));

  it('answers 421 to an unknown host', async () => {
    expect(await sendRequest(port, requestText('other.localhost', '/tasks'))).toMatchObject(UNKNOWN_HOST);
    expect(await sendRequest(port, requestText('127.0.0.1', '/services/tasks'))).toMatchObject(UNKNOWN_HOST);
  });

  it('serves an absolute-form target, unless its host differs from the Host header', async () => {
    expect((await sendRequest(port, requestText(HDP, `http://${HDP}:${port}/tasks`))).status).toBe(200);
    expect(
      await sendRequest(port, requestText(SERVICES, `http://${HDP}/tasks`, { headers: DEMO })),
    ).toMatchObject({
      status: 400,
      body: '{"error":"The request names two different hosts"}',
    });
  });

  it.each([
    ['a malformed Host header', requestText('a b', '/tasks'), 400, 'Host header is malformed'],
    ['no Host header', 'GET /tasks HTTP/1.1\r\n\r\n', 400, 'no Host header'],
    ['raw UTF-8 in the target', requestText(HDP, '/tasks?hdp_tasks_search=É'), 400, 'percent-encoded'],
    ['a target that is too long', requestText(HDP, `/${'a'.repeat(20_000)}`), 431, 'too long'],
    ['a request that is not HTTP', 'EHLO hdp.localhost\r\n\r\n', 400, 'not valid HTTP'],
  ])('rejects %s with a JSON error and a request id', async (_, sent, expected, sentence) => {
    const { status, headers, body } = await sendRequest(port, sent);
    expect(status).toBe(expected);
    expect(JSON.parse(body)).toEqual({ error: expect.stringContaining(sentence) });
    expect(headers.get('content-type')).toBe('application/json; charset=utf-8');
    expect(headers.get('x-request-id')).toMatch(/^[\w-]{36}$/);
  });

  it('ignores X-Forwarded-Host from a peer that is not a trusted proxy', async () => {
    const headers = { 'X-Forwarded-Host': SERVICES };
    expect(
      JSON.parse((await sendRequest(port, requestText(HDP, '/tasks', { headers }))).body),
    ).toHaveProperty('tasks');
  });

  it('uses X-Forwarded-Host from a trusted proxy', async ({ sandbox }) => {
    const behind = await sandbox.serve([], { TRUSTED_PROXIES: '127.0.0.1' });
    const via = (host: string) =>
      requestText('inner.test', '/tasks', { headers: { 'X-Forwarded-Host': host } });
    expect(JSON.parse((await sendRequest(behind.port, via(HDP))).body)).toHaveProperty('tasks');
    expect(await sendRequest(behind.port, via('other.localhost'))).toMatchObject(UNKNOWN_HOST);
  });

  it('logs every request without secrets', async ({ sandbox }) => {
    const server = await sandbox.serve();
    const token = await createToken(sandbox, 1764);
    const secret = token.Authorization.split(':')[1] ?? '';
    const send = (target: string, headers: Record<string, string>) =>
      sendRequest(server.port, requestText(SERVICES, target, { headers }));
    const responses = [
      await send('/tasks', token),
      await send(`/tasks?token=${secret}`, token),
      await send('/tasks', { Authorization: `${token.Authorization}x` }),
      await send('/tasks', { 'X-Spaaza-Session-Key': secret }),
      await send(`http://id:${secret}@${SERVICES}/tasks`, token),
    ];
    server.kill('SIGTERM');
    const { stdout, stderr } = await server.exited;
    const requests = logLines(stdout).filter(({ msg }) => /^request/.test(msg));
    const path = '/tasks';
    expect(requests).toMatchObject([
      ...[200, 200, 401, 401].map((status) => ({ msg: 'request', status, path })),
      { msg: 'request refused', status: 400, path: '' },
    ]);
    expect(responses.map(({ status }) => status)).toEqual([200, 200, 401, 401, 400]);
    expect(secret.length).toBeGreaterThan(40);
    expect(stdout + stderr).not.toContain(secret);
  });
});

describe.concurrent('searching', () => {
  it('queues searches, answers 503 when the queue is full, and does not block lists', async ({ sandbox }) => {
    const server = await sandbox.serve(['--demo']);
    const search = (n: number) => requestText(HDP, `/tasks?hdp_tasks_search=01J&hdp_tasks_page=${n}`);
    await withConnection(server.port, async (connection) => {
      connection.send(Array.from({ length: 400 }, (_, n) => search(n + 1)).join(''));
      const list = await sendRequest(server.port, requestText(HDP, '/tasks'));
      expect(list.status).toBe(200);
      const responses = [];
      for (let n = 0; n < 400; n += 1) responses.push(await connection.readResponse());
      const rejected = responses.filter(({ status }) => status === 503);
      expect(rejected.length).toBeGreaterThan(0);
      expect(rejected.length).toBeLessThan(400);
      for (const { status, body, headers } of responses) {
        if (status === 200) expect(JSON.parse(body).pagination.total).toBeGreaterThan(40);
        else expect({ status, body }).toEqual({ status: 503, body: '{"error":"Service unavailable"}' });
        expect(headers.get('retry-after')).toBe(status === 200 ? null : '1');
      }
    });
  });

  it('adds new tasks to the trigram index and the search blocks in the background', async ({ sandbox }) => {
    await sandbox.serve(['--demo']);
    const mark = async () => {
      const db = new Database(sandbox.databaseUrl, { readonly: true });
      const marks = db
        .prepare<[], { mark: number; last: number; waiting: number }>(
          "SELECT value AS mark, (SELECT max(id) FROM hdp_tasks) AS last, (SELECT count(*) FROM pending_search_changes) AS waiting FROM derived_state WHERE part = 'uuids'",
        )
        .get();
      db.close();
      return marks;
    };
    await vi.waitFor(async () => {
      const { mark: reached, last, waiting } = (await mark()) ?? { mark: 0, last: -1, waiting: -1 };
      expect(reached).toBe(last);
      expect(waiting).toBe(0);
    }, 10_000);
  });
});

/** Runs a printed curl command. Without curl on this machine, sends the same request. */
async function runCurlLine(
  sandbox: Sandbox,
  port: number,
  line: string,
): Promise<Pick<RawResponse, 'status' | 'body'>> {
  if ((await sandbox.shell('command -v curl')).code === 0) {
    const { stdout, stderr } = await sandbox.shell(`${line} -sS -w '\\n%{http_code}'`);
    expect(stderr).toBe('');
    const [body = '', status] = stdout.split('\n');
    return { status: Number(status), body };
  }
  const { host, pathname, search } = new URL(/'(http[^']+)'/.exec(line)?.[1] ?? '');
  const headerOptions = [...line.matchAll(/-H '([^:]+): ([^']+)'/g)];
  const headers = Object.fromEntries(headerOptions.map(([, name = '', value = '']) => [name, value]));
  return sendRequest(port, requestText(host, pathname + search, { headers }));
}
