import { readFileSync, writeFileSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import Database from 'better-sqlite3';
import { afterAll, beforeAll, describe, expect, vi } from 'vitest';
import { createCli } from '../support/cli.ts';
import {
  it,
  logLines,
  openSandbox,
  type RunningProcess,
  type Sandbox,
  type Server,
} from '../support/process.ts';
import { openRawConnection as openDatabase } from '../support/raw-connection.ts';
import { type RawConnection, requestText, sendRequest, withConnection } from '../support/raw-http.ts';
import { createTestDatabase, isPostgres } from '../support/stores.ts';

// serve --workers: several processes on one port, and their parent process.

const CLI = join(import.meta.dirname, '../../dist/cli.js');
const HOST = 'hdp.localhost';
const LIST = '/tasks?hdp_tasks_per_page=1';
const started = { timeout: 15_000, interval: 10 };

/** Returns the process id of each worker by its number. For a replaced worker, the latest one. */
const pidsOf = (server: RunningProcess) =>
  new Map(
    logLines(server.stdout())
      .filter(({ msg }) => msg === 'worker listens')
      .map(({ worker = 0, pid = 0 }) => [worker, pid]),
  );

const NEW_TASK = JSON.stringify({ destination_chain_id: '0xaa36a7', input: { module: 'vault' } });
const newTask = (requestId: string) =>
  requestText(HOST, '/tasks', {
    method: 'POST',
    headers: {
      'X-API-KEY': 'demo-key-of-a-client',
      'Content-Type': 'application/json',
      'Content-Length': String(NEW_TASK.length),
      'X-Request-Id': requestId,
    },
  }) + NEW_TASK;

/** Creates a task. @returns its uuid */
async function createTask(wire: RawConnection, requestId: string): Promise<string> {
  wire.send(newTask(requestId));
  const { status, body } = await wire.readResponse();
  expect(status, body).toBe(200);
  return JSON.parse(body).uuid;
}

async function readTotal(wire: RawConnection, requestId: string): Promise<number> {
  wire.send(requestText(HOST, LIST, { headers: { 'X-Request-Id': requestId } }));
  return JSON.parse((await wire.readResponse()).body).pagination.total;
}

/** Returns the worker that answered a request. */
const workerOf = (server: RunningProcess, requestId: string) =>
  vi.waitUntil(() => logLines(server.stdout()).find((line) => line.requestId === requestId)?.worker, started);

describe('serve --workers 2', () => {
  let sandbox: Sandbox;
  let close: () => Promise<void>;
  let healthFile: string;
  let server: Server;
  beforeAll(async () => {
    ({ sandbox, close } = openSandbox(isPostgres() ? await createTestDatabase('') : undefined));
    healthFile = join(sandbox.dir, 'health.json');
    // The log goes through a pipe, in which the writes of several processes can mix.
    const line = `'${process.execPath}' '${CLI}' serve --demo --workers 2 | cat`;
    server = await sandbox.serveWith('sh', ['-c', line], { HEALTH_FILE: healthFile });
  }, 30_000);
  afterAll(() => close());

  it('describes the process that started the workers in its health file', () => {
    const { pid, command, address } = JSON.parse(readFileSync(healthFile, 'utf8'));
    expect([...pidsOf(server).values()]).not.toContain(pid);
    expect({ command, port: address.port }).toEqual({ command: 'serve', port: server.port });
  });

  it('prepares the database once and logs its address once', () => {
    expect(server.stderr().match(/Taskgate listens on/g)).toHaveLength(1);
    expect([...pidsOf(server).keys()].sort()).toEqual([1, 2]);
    expect(logLines(server.stdout()).filter(({ msg }) => msg === 'listening')).toHaveLength(1);
  });

  it('shows a write of one worker in the next response of the other worker', async () => {
    await withConnection(server.port, (first) =>
      withConnection(server.port, async (second) => {
        let total = await readTotal(second, 'second-connection');
        for (let round = 0; round < 50; round += 1) {
          const [writer, reader] = round % 2 === 0 ? [first, second] : [second, first];
          await createTask(writer, round === 0 ? 'first-connection' : `write-${round}`);
          total += 1;
          expect(await readTotal(reader, `read-${round}`)).toBe(total);
          // Fills the cache of that worker.
          expect(await readTotal(reader, `again-${round}`)).toBe(total);
        }
      }),
    );
    const workers = await Promise.all(
      ['first-connection', 'second-connection'].map((id) => workerOf(server, id)),
    );
    expect(workers.sort()).toEqual([1, 2]);
  });

  it.skipIf(isPostgres())('keeps the write-ahead log short while another process writes', async () => {
    const db = new Database(sandbox.databaseUrl);
    db.pragma('wal_autocheckpoint = 0');
    db.exec('CREATE TABLE pages (bytes BLOB)');
    const insertion = db.prepare('INSERT INTO pages VALUES (zeroblob(4000))');
    db.transaction(() => {
      for (let page = 0; page < 2000; page += 1) insertion.run();
    })();
    const state = db.prepare<[], { log: number; checkpointed: number }>('PRAGMA wal_checkpoint(NOOP)');
    // After a complete checkpoint, the next commit restarts the log.
    await vi.waitFor(() => {
      const { log, checkpointed } = state.get() ?? { log: 2000, checkpointed: 0 };
      expect(log - checkpointed).toBeLessThan(1000);
    }, started);
    db.exec('DROP TABLE pages');
    db.close();
  });

  it('runs each due task once', async () => {
    const headers = { Authorization: 'Bearer demo:demo-secret-of-chain-1764' };
    const body = JSON.stringify({
      chain: 1764,
      desc: 'Due',
      trigger: { once: '2020-01-01T00:00:00Z' },
      target: { action: 'export', export_index: 'users', export_format: 'csv', campaign_id: 77 },
    });
    const length = { 'Content-Type': 'application/json', 'Content-Length': String(body.length) };
    const create = requestText('services.localhost', '/tasks', {
      method: 'POST',
      headers: { ...headers, ...length },
    });
    await Promise.all(Array.from({ length: 6 }, () => sendRequest(server.port, create + body)));
    const list = requestText('services.localhost', '/tasks?campaign_id=77', { headers });
    const ended = await vi.waitUntil(async () => {
      const tasks: { state: { code: string }; version: number }[] = JSON.parse(
        (await sendRequest(server.port, list)).body,
      );
      return tasks.every(({ state }) => state.code === 'DONE') && tasks;
    }, started);
    // A second run would have increased it.
    expect(ended.map(({ version }) => version)).toEqual(Array(6).fill(2));
  });

  it('writes one log of complete lines, also of long ones', async () => {
    const path = `/${'long'.repeat(1500)}`;
    const requests = 150;
    const load = () =>
      withConnection(server.port, async (wire) => {
        wire.send(requestText(HOST, path).repeat(requests));
        for (let index = 0; index < requests; index += 1)
          expect((await wire.readResponse()).status).toBe(404);
      });
    await Promise.all([load(), load()]);
    await vi.waitUntil(() => server.stdout().split(path).length > 2 * requests, started);
    const lines = server.stdout().trimEnd().split('\n');
    const workers = lines.filter((line) => line.includes(path)).map((line) => JSON.parse(line).worker);
    expect(workers).toHaveLength(2 * requests);
    expect(new Set(workers)).toEqual(new Set([1, 2]));
    for (const line of lines) expect(() => JSON.parse(line), line).not.toThrow();
  });

  it('replaces a killed worker without losing an acknowledged write or blocking a client', async () => {
    const acknowledged: string[] = [];
    const before = pidsOf(server);
    const pid = before.get(1) ?? 0;
    await withConnection(server.port, (first) =>
      withConnection(server.port, async (second) => {
        const writing = Promise.allSettled(
          [first, second].map(async (wire) => {
            for (;;) acknowledged.push(await createTask(wire, 'traffic'));
          }),
        );
        await vi.waitUntil(() => acknowledged.length > 20, started);
        process.kill(pid, 'SIGSTOP');
        // The stopped worker does not accept its connection. The other worker answers the rest.
        const responses = [1, 2, 3].map(() =>
          sendRequest(server.port, requestText(HOST, LIST)).then(
            ({ status }) => status,
            (error: Error) => error.message,
          ),
        );
        await Promise.any(responses);
        process.kill(pid, 'SIGKILL');
        expect((await Promise.all(responses)).sort()).toEqual([
          200,
          200,
          expect.stringContaining('The server closed the connection'),
        ]);
        await vi.waitUntil(() => pidsOf(server).get(1) !== pid, started);
        first.abort();
        second.abort();
        await writing;
      }),
    );
    expect(pidsOf(server).get(2)).toBe(before.get(2));
    const database = await openDatabase(sandbox.databaseUrl);
    const rows = await database.rows<{ uuid: string }>('SELECT uuid FROM hdp_tasks');
    await database.close();
    const stored = new Set(rows.map(({ uuid }) => uuid));
    expect(acknowledged.filter((uuid) => !stored.has(uuid))).toEqual([]);
  });

  it('leaves no worker when the parent process is killed', async () => {
    process.kill(JSON.parse(readFileSync(healthFile, 'utf8')).pid, 'SIGKILL');
    // The workers share its stderr, so it closes only after they have exited.
    await server.exited;
  });
});

describe('serve --workers', () => {
  it('answers requests in flight after SIGTERM, and exits with 0', async ({ sandbox }) => {
    const server = await sandbox.serve(['--workers', '2']);
    await withConnection(server.port, (first) =>
      withConnection(server.port, async (second) => {
        const wires = [first, second];
        for (const wire of wires) wire.send(`GET /tasks HTTP/1.1\r\nHost: ${HOST}\r\n`);
        // When later connections are answered, each earlier one has reached its worker.
        for (const _ of wires) await sendRequest(server.port, requestText(HOST, LIST));
        for (const pid of pidsOf(server).values()) process.kill(pid, 'SIGTERM');
        server.kill('SIGTERM');
        await server.waitForLog('stopping');
        for (const wire of wires) wire.send('\r\n');
        for (const wire of wires) expect((await wire.readResponse()).status).toBe(503);
      }),
    );
    const { code, stdout, stderr } = await server.exited;
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(logLines(stdout).at(-1)).toMatchObject({ msg: 'stopped' });
    expect(logLines(stdout).some(({ msg }) => msg === 'worker ended')).toBe(false);
  });

  it('ends its workers at once when SIGINT is repeated', async ({ sandbox }) => {
    const server = await sandbox.serve(['--workers', '2']);
    await withConnection(server.port, async (wire) => {
      wire.send(`GET /tasks HTTP/1.1\r\nHost: ${HOST}\r\n`);
      for (const _ of [1, 2]) await sendRequest(server.port, requestText(HOST, LIST));
      server.kill('SIGINT');
      await server.waitForLog('stopping');
      server.kill('SIGINT');
      expect(await server.exited).toMatchObject({
        code: 130,
        stderr: 'taskgate: Stopped before requests and tasks had finished, because SIGINT was repeated.\n',
      });
    });
  });

  it('reports once that the port is in use', async ({ sandbox }) => {
    const other = createServer();
    await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', resolve));
    const { port } = other.address() as AddressInfo;
    const { code, stderr } = await sandbox.taskgate(['serve', '--workers', '2'], { PORT: String(port) });
    other.close();
    expect({ code, stderr }).toEqual({
      code: 1,
      stderr: `taskgate: Cannot listen on 127.0.0.1:${port}: that port is in use.\n`,
    });
  });

  it('exits with a message if its workers repeatedly exit before they listen', async ({ sandbox }) => {
    const hook = join(sandbox.dir, 'hook.mjs');
    writeFileSync(hook, `if (process.argv[1].endsWith('worker-process.js')) process.exit(7);`);
    const args = ['--import', pathToFileURL(hook).href, CLI, 'serve', '--workers', '2'];
    const { code, stderr } = await sandbox.node(args).exited;
    expect({ code, stderr }).toEqual({
      code: 1,
      stderr: 'taskgate: 3 workers in a row ended before they listened. The last: It ended with status 7.\n',
    });
  });

  it('is rejected for a database in memory', async () => {
    const cli = await createCli();
    const env = { DATABASE_URL: ':memory:' };
    expect(await cli.run(['serve', '--workers', '2'], { env })).toEqual({
      code: 1,
      stdout: '',
      stderr:
        'taskgate: A database in memory cannot be shared by processes; set DATABASE_URL to a file, or omit --workers 2.\n',
    });
  });
});
