import { once } from 'node:events';
import { readFileSync, writeFileSync } from 'node:fs';
import { type AddressInfo, connect, createServer } from 'node:net';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import Database from 'better-sqlite3';
import { beforeAll, describe, expect, vi } from 'vitest';
import { openStore } from '../src/db/open.ts';
import { addHdpTasks } from './support/gateway.ts';
import { it, logLines, openSandbox, type Sandbox, type Server } from './support/process.ts';
import { type RawResponse, requestText, sendRequest, withConnection } from './support/raw-http.ts';
import { anHdpTask, ulid } from './support/tasks.ts';

// The built program as a process, on a real file and real sockets: what the other tests cannot see.

const SERVICES = 'services.localhost';
const HDP = 'hdp.localhost';
const DEMO = { Authorization: 'Bearer demo:demo-secret-of-chain-1764' };
const UNKNOWN_HOST = { status: 421, body: '{"error":"Unknown host"}' };
/** Half of a request, and the rest of it. */
const HALF = `GET /tasks HTTP/1.1\r\nHost: ${HDP}\r\n`;
const REST = 'Accept: application/json\r\n\r\n';

const listServices = (port: number, headers: Record<string, string>) =>
  sendRequest(port, requestText(SERVICES, '/tasks', { headers }));
const hdpTotal = (answer: RawResponse): unknown => JSON.parse(answer.body).pagination.total;
const stop = async (server: Server, signal: NodeJS.Signals = 'SIGTERM') => {
  const start = performance.now();
  server.kill(signal);
  const { code } = await server.exited;
  return { code, ms: performance.now() - start };
};
const createToken = async (sandbox: Sandbox, chain: number) => {
  const { stdout } = await sandbox.taskgate(['tokens', 'create', '--chain', String(chain)]);
  return { Authorization: `Bearer ${stdout.trim()}` };
};

describe.concurrent('stopping', () => {
  it('does not wait for a request that never ends, and ends with 0 within ten seconds', async ({
    sandbox,
  }) => {
    const server = await sandbox.serve();
    await withConnection(server.port, async (wire) => {
      wire.send(HALF);
      await sendRequest(server.port, requestText(HDP, '/tasks'));
      const { code, ms } = await stop(server);
      expect(code).toBe(0);
      expect(ms).toBeLessThan(10_000);
    });
  });

  it('closes connections that are idle or never said a word, and ends at once with 0', async ({
    sandbox,
  }) => {
    const server = await sandbox.serve();
    await withConnection(server.port, async (idle) => {
      idle.send(requestText(HDP, '/tasks'));
      expect((await idle.readResponse()).headers.get('connection')).toBe('keep-alive');
      await withConnection(server.port, async (silent) => {
        const { code, ms } = await stop(server);
        expect(code).toBe(0);
        expect(ms).toBeLessThan(4000);
        await Promise.all([idle.waitUntilClosed(), silent.waitUntilClosed()]);
      });
    });
  });

  it('answers a request that is half received, refuses new connections, and ends with 0', async ({
    sandbox,
  }) => {
    const server = await sandbox.serve();
    await withConnection(server.port, async (wire) => {
      wire.send(HALF);
      // What was sent first is read first: after this answer the server has the half.
      await sendRequest(server.port, requestText(HDP, '/tasks'));
      server.kill('SIGTERM');
      await server.waitForLog('stopping');
      await expect(sendRequest(server.port, requestText(HDP, '/tasks'))).rejects.toThrow('ECONNREFUSED');
      wire.send(REST);
      const { status, headers, body } = await wire.readResponse();
      expect({ status, body }).toEqual({ status: 503, body: '{"error":"Service unavailable"}' });
      expect(headers.get('connection')).toBe('close');
      expect((await server.exited).code).toBe(0);
    });
  });

  it('sends all of an answer that its client is still reading, however large', async ({ sandbox }) => {
    const store = openStore(sandbox.databaseUrl);
    await store.migrate();
    const name = 'x'.repeat(100_000);
    await addHdpTasks(
      store,
      ...Array.from({ length: 100 }, (_, n) => anHdpTask({ uuid: ulid(n), programName: name })),
    );
    await store.close();
    const server = await sandbox.serve();
    const socket = connect(server.port, '127.0.0.1');
    socket.write(requestText(HDP, '/tasks?hdp_tasks_per_page=100'));
    await once(socket, 'readable');
    socket.pause();
    const stopped = stop(server);
    await setTimeout(500);
    const chunks: Buffer[] = [];
    for await (const chunk of socket) chunks.push(chunk);
    const answer = Buffer.concat(chunks);
    const length = Number(/content-length: (\d+)/i.exec(answer.toString('latin1', 0, 1000))?.[1]);
    expect(length).toBeGreaterThan(10_000_000);
    expect(answer.length - answer.indexOf('\r\n\r\n') - 4).toBe(length);
    expect((await stopped).code).toBe(0);
  });

  it('ends with 0 when SIGINT comes twice', async ({ sandbox }) => {
    const server = await sandbox.serve();
    await withConnection(server.port, async (wire) => {
      wire.send(HALF);
      await sendRequest(server.port, requestText(HDP, '/tasks'));
      server.kill('SIGINT');
      await server.waitForLog('stopping');
      server.kill('SIGINT');
      wire.send(REST);
      expect((await wire.readResponse()).status).toBe(503);
      expect(await server.exited).toMatchObject({ code: 0, stderr: '' });
    });
  });

  it.for([
    { event: 'Ctrl-C', signal: 'SIGINT', isForAll: true },
    { event: 'SIGTERM to npm alone', signal: 'SIGTERM', isForAll: false },
  ] as const)('under npm start happens on $event, and npm ends with 0', async (how, { sandbox }) => {
    const server = await sandbox.serveWith('npm', ['start', '--ignore-scripts']);
    // A terminal's Ctrl-C reaches all that npm started, and npm passes it on besides.
    process.kill(how.isForAll ? -server.pid : server.pid, how.signal);
    const { code, stdout } = await server.exited;
    expect(code).toBe(0);
    expect(logLines(stdout).at(-1)).toMatchObject({ msg: 'stopped' });
  });
});

describe.concurrent('starting', () => {
  it.for([
    ['names that need no DNS', {}],
    ['names that this machine does not resolve', { SERVICES_HOSTS: 'a.example', HDP_HOSTS: 'b.example' }],
  ] as const)('with --demo prints two curl lines that get tasks, for %s', async ([, env], { sandbox }) => {
    const server = await sandbox.serve(['--demo'], env);
    await vi.waitFor(() => expect(server.stderr()).toContain('hdp_tasks_search'));
    const answers: unknown[] = [];
    for (const [line] of server.stderr().matchAll(/curl .+/g)) {
      const { status, body } = await runCurlLine(sandbox, server.port, line);
      answers.push({ status, body: JSON.parse(body) });
    }
    expect(answers).toEqual([
      { status: 200, body: expect.arrayContaining([expect.objectContaining({ id: 12345, chain: 1764 })]) },
      { status: 200, body: { tasks: expect.any(Array), pagination: expect.objectContaining({ total: 42 }) } },
    ]);
  });

  it('again on the same file keeps what was there', async ({ sandbox }) => {
    const first = await sandbox.serve(['--demo']);
    const before = await sendRequest(first.port, requestText(HDP, '/tasks'));
    const token = await createToken(sandbox, 1743);
    await sandbox.taskgate(['tokens', 'revoke', 'demo']);
    expect((await stop(first)).code).toBe(0);

    const second = await sandbox.serve(['--demo']);
    expect((await listServices(second.port, token)).status).toBe(200);
    expect((await listServices(second.port, DEMO)).status).toBe(401);
    expect((await sendRequest(second.port, requestText(HDP, '/tasks'))).body).toBe(before.body);
  });

  it('without --demo warns of every public credential that works', async ({ sandbox }) => {
    await sandbox.taskgate(['seed']);
    await sandbox.taskgate(['keys', 'revoke', 'demo-processor']);
    const server = await sandbox.serve();
    await server.waitForLog(
      'the public demo token demo works here; to revoke it, run taskgate tokens revoke demo',
    );
    await server.waitForLog(
      'the public demo key demo-client works here; to revoke it, run taskgate keys revoke demo-client',
    );
    await stop(server);
    expect((await server.exited).stdout).not.toContain('demo-processor');
  });

  it('without --demo has no tasks and no demo token', async ({ sandbox }) => {
    const server = await sandbox.serve();
    expect(hdpTotal(await sendRequest(server.port, requestText(HDP, '/tasks')))).toBe(0);
    expect((await listServices(server.port, DEMO)).status).toBe(401);
    const token = await createToken(sandbox, 1764);
    expect(await listServices(server.port, token)).toMatchObject({ status: 200, body: '[]' });
  });

  it('with a wrong configuration says all of it in one sentence and ends with 1', async ({ sandbox }) => {
    const env = { PORT: '99999', LOG_LEVEL: 'loud', TRUSTED_PROXIES: 'proxy', HDP_HOSTS: ',' };
    const { code, stdout, stderr } = await sandbox.taskgate(['serve'], env);
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
    expect(stderr).toMatch(/^taskgate: The configuration is wrong: [^\n]+\.\n$/);
    for (const name of Object.keys(env)) expect(stderr).toContain(name);
  });

  it('on a port that is in use says so in one sentence and ends with 1', async ({ sandbox }) => {
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

  it('routes each request of a connection by its own host', () =>
    withConnection(port, async (wire) => {
      wire.send(requestText(SERVICES, '/tasks', { headers: DEMO }));
      expect(JSON.parse((await wire.readResponse()).body)).toContainEqual(
        expect.objectContaining({ chain: 1764 }),
      );
      wire.send(requestText(HDP, '/tasks'));
      expect(JSON.parse((await wire.readResponse()).body)).toHaveProperty('pagination');
      wire.send(requestText(SERVICES, '/tasks'));
      expect((await wire.readResponse()).status).toBe(401);
    }));

  it('answers HEAD with the length that GET has, and no body', () =>
    withConnection(port, async (wire) => {
      // A body after the first head would be taken for the second answer.
      wire.send(requestText(HDP, '/tasks', { method: 'HEAD' }) + requestText(HDP, '/tasks'));
      const head = await wire.readResponse('HEAD');
      const get = await wire.readResponse();
      expect([head.status, get.status]).toEqual([200, 200]);
      expect(head.headers.get('content-length')).toBe(String(Buffer.byteLength(get.body)));
      expect(head.headers.get('content-type')).toBe('application/json; charset=utf-8');
    }));

  it('answers 421 to an unknown host', async () => {
    expect(await sendRequest(port, requestText('other.localhost', '/tasks'))).toMatchObject(UNKNOWN_HOST);
    expect(await sendRequest(port, requestText('127.0.0.1', '/services/tasks'))).toMatchObject(UNKNOWN_HOST);
  });

  it('serves an absolute-form target, unless it names another host than Host does', async () => {
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
    ['a target without end', requestText(HDP, `/${'a'.repeat(20_000)}`), 431, 'too long'],
    ['what is no HTTP', 'EHLO hdp.localhost\r\n\r\n', 400, 'not valid HTTP'],
  ])('refuses %s with a JSON sentence and a request id', async (_, sent, expected, sentence) => {
    const { status, headers, body } = await sendRequest(port, sent);
    expect(status).toBe(expected);
    expect(JSON.parse(body)).toEqual({ error: expect.stringContaining(sentence) });
    expect(headers.get('content-type')).toBe('application/json; charset=utf-8');
    expect(headers.get('x-request-id')).toMatch(/^[\w-]{36}$/);
  });

  it('ignores X-Forwarded-Host from a peer that is no trusted proxy', async () => {
    const headers = { 'X-Forwarded-Host': SERVICES };
    expect(
      JSON.parse((await sendRequest(port, requestText(HDP, '/tasks', { headers }))).body),
    ).toHaveProperty('tasks');
  });

  it('obeys X-Forwarded-Host from a trusted proxy', async ({ sandbox }) => {
    const behind = await sandbox.serve([], { TRUSTED_PROXIES: '127.0.0.1' });
    const via = (host: string) =>
      requestText('inner.test', '/tasks', { headers: { 'X-Forwarded-Host': host } });
    expect(JSON.parse((await sendRequest(behind.port, via(HDP))).body)).toHaveProperty('tasks');
    expect(await sendRequest(behind.port, via('other.localhost'))).toMatchObject(UNKNOWN_HOST);
  });

  it('logs every request, and no secret', async ({ sandbox }) => {
    const server = await sandbox.serve();
    const token = await createToken(sandbox, 1764);
    const secret = token.Authorization.split(':')[1] ?? '';
    const send = (target: string, headers: Record<string, string>) =>
      sendRequest(server.port, requestText(SERVICES, target, { headers }));
    const answers = [
      await send('/tasks', token),
      await send(`/tasks?token=${secret}`, token),
      await send('/tasks', { Authorization: `${token.Authorization}x` }),
      await send('/tasks', { 'X-Spaaza-Session-Key': secret }),
      await send(`http://id:${secret}@${SERVICES}/tasks`, token),
    ];
    server.kill('SIGTERM');
    const { stdout, stderr } = await server.exited;
    const requests = logLines(stdout).filter(({ msg }) => msg === 'request');
    expect(requests).toMatchObject(answers.map(({ status }) => ({ status, path: '/tasks' })));
    expect(answers.map(({ status }) => status)).toEqual([200, 200, 401, 401, 200]);
    expect(secret.length).toBeGreaterThan(40);
    expect(stdout + stderr).not.toContain(secret);
  });
});

describe.concurrent('searching', () => {
  it('answers in its turn, refuses what would wait too long, and holds nobody else up', async ({
    sandbox,
  }) => {
    const server = await sandbox.serve(['--demo']);
    const search = (n: number) => requestText(HDP, `/tasks?hdp_tasks_search=01J&hdp_tasks_page=${n}`);
    await withConnection(server.port, async (wire) => {
      wire.send(Array.from({ length: 400 }, (_, n) => search(n + 1)).join(''));
      const list = await sendRequest(server.port, requestText(HDP, '/tasks'));
      expect(list.status).toBe(200);
      const answers = [];
      for (let n = 0; n < 400; n += 1) answers.push(await wire.readResponse());
      const refused = answers.filter(({ status }) => status === 503);
      expect(refused.length).toBeGreaterThan(0);
      expect(refused.length).toBeLessThan(400);
      for (const { status, body, headers } of answers) {
        if (status === 200) expect(JSON.parse(body).pagination.total).toBeGreaterThan(40);
        else expect({ status, body }).toEqual({ status: 503, body: '{"error":"Service unavailable"}' });
        expect(headers.get('retry-after')).toBe(status === 200 ? null : '1');
      }
    });
  });

  it('takes new tasks into the trigram index and the search blocks by itself', async ({ sandbox }) => {
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

describe.concurrent('printing', () => {
  it('ends without a word when the reader of an export goes away', async ({ sandbox }) => {
    const file = join(sandbox.dir, 'tasks.ndjson');
    const tasks = Array.from({ length: 2000 }, (_, n) => JSON.stringify(anHdpTask({ uuid: ulid(n) })));
    writeFileSync(file, tasks.join('\n'));
    expect((await sandbox.taskgate(['import', 'hdp', file])).code).toBe(0);
    const { stdout, stderr } = await sandbox.shell(
      '{ taskgate export hdp; echo "status $?" >&2; } | head -n 1',
    );
    expect(JSON.parse(stdout)).toHaveProperty('uuid');
    expect(stderr).toBe('status 0\n');
  });

  it('serves on, and stops when told, when the reader of the log has gone away', async ({ sandbox }) => {
    const [quiet, busy] = await Promise.all([sandbox.serve(), sandbox.serve()]);
    quiet.closeStdout();
    busy.closeStdout();
    expect((await sendRequest(busy.port, requestText(HDP, '/tasks'))).status).toBe(200);
    expect((await sendRequest(busy.port, requestText(HDP, '/tasks'))).status).toBe(200);
    expect([await stop(quiet), await stop(busy)]).toMatchObject([{ code: 0 }, { code: 0 }]);
    expect(quiet.stderr() + busy.stderr()).toBe('');
  });

  it('serves on, and stops when told, when the log cannot be written', async ({ sandbox }) => {
    const other = createServer().listen(0, '127.0.0.1');
    await once(other, 'listening');
    const { port } = other.address() as AddressInfo;
    other.close();
    const pidFile = join(sandbox.dir, 'pid');
    const ended = sandbox.shell(
      `PORT=${port} '${process.execPath}' dist/cli.js serve > /dev/full & echo $! > '${pidFile}'; wait $!; echo "status $?"`,
    );
    const list = () => sendRequest(port, requestText(HDP, '/tasks'));
    await vi.waitFor(list, { timeout: 10_000, interval: 100 });
    for (const answer of [await list(), await list()]) expect(answer.status).toBe(200);
    process.kill(Number(readFileSync(pidFile, 'utf8')), 'SIGTERM');
    expect((await ended).stdout).toBe('status 0\n');
  });

  it('gives a slow reader all of a long list', async ({ sandbox }) => {
    const store = openStore(sandbox.databaseUrl);
    await store.migrate();
    const tokens = Array.from({ length: 2000 }, (_, n) => {
      const token = { id: `token-${n}`, secretHash: Buffer.alloc(32), chain: 1, label: '' };
      return store.access.addToken({ ...token, createdAt: 0, expiresAt: null });
    });
    await Promise.all(tokens);
    await store.close();
    const { stdout } = await sandbox.shell('taskgate tokens list | { sleep 1; wc -l; }');
    expect(Number(stdout)).toBe(2000);
  });
});

/** Runs a printed curl line as a person would; without curl on this machine, asks what it would ask. */
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
  const given = [...line.matchAll(/-H '([^:]+): ([^']+)'/g)];
  const headers = Object.fromEntries(given.map(([, name = '', value = '']) => [name, value]));
  return sendRequest(port, requestText(host, pathname + search, { headers }));
}
