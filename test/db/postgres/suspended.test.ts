/** A server that answers nothing, as after the loss of its network. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { isUnavailable } from '../../../src/db/open.ts';
import { createPool } from '../../../src/db/postgres/connection.ts';
import { createGateway, type Gateway } from '../../../src/gateway.ts';
import { asChain } from '../../support/gateway.ts';
import { type PostgresProcess, startPostgresProcess } from '../../support/postgres-process.ts';

const CHAIN = 1764;
const SERVICES = '127.0.0.1';
const HDP = 'localhost';
const TIMEOUT = { timeout: 20_000 };

/** A query waits five seconds for the round trip before it, and as long for a new connection. */
const BOUND_MS = 35_000;

const NEW_TASK = JSON.stringify({
  ...{ chain: CHAIN, desc: 'x', trigger: { once: '2030-01-01T00:00:00Z' } },
  target: { action: 'export', export_index: 'users', export_format: 'csv' },
});

let server: PostgresProcess;
let gateway: Gateway;
let send: (path: string, host: string, body?: string) => Promise<Response>;

beforeAll(async () => {
  server = await startPostgresProcess();
  gateway = await createGateway({
    ...{ databaseUrl: `${server.url}/postgres`, runTasks: false },
    ...{ servicesHosts: [SERVICES], hdpHosts: [HDP], host: '127.0.0.1' },
  });
  const { port } = await gateway.listen();
  const headers = { ...(await asChain(gateway.store, CHAIN)), 'Content-Type': 'application/json' };
  send = (path, host, body) =>
    fetch(`http://${host}:${port}${path}`, {
      headers: host === SERVICES ? headers : {},
      ...(body !== undefined && { method: 'POST', body }),
    });
}, 60_000);

afterAll(async () => {
  signalAll('SIGCONT');
  await gateway?.close();
  await server?.remove();
});

/** The server and the processes of its connections. */
function signalAll(signal: 'SIGSTOP' | 'SIGCONT'): void {
  const pid = Number.parseInt(readFileSync(join(server.dataFolder, 'postmaster.pid'), 'utf8'), 10);
  const children = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim().split(' ');
  for (const process of [pid, ...children.map(Number)]) globalThis.process.kill(process, signal);
}

/** A list that is in the cache, other lists, and the health check. */
const reads = [
  () => send('/tasks', SERVICES),
  () => send('/tasks?limit=7', SERVICES),
  () => send('/tasks?hdp_tasks_search=never', HDP),
  () => send('/is-alive', HDP),
];

const post = () => send('/tasks', SERVICES, NEW_TASK);

const statuses = () => Promise.all([...reads, post].map(async (request) => (await request()).status));

it('answers 503 in bounded time while the server is suspended, and all requests when it answers again', {
  timeout: BOUND_MS,
}, async () => {
  // Each request uses a connection, which is idle afterwards.
  expect(await statuses()).toEqual([200, 200, 200, 200, 201]);
  signalAll('SIGSTOP');
  try {
    const responses = await Promise.all(reads.map((request) => request()));
    responses.push(await post());
    expect(responses.map(({ status }) => status)).toEqual([503, 503, 503, 503, 503]);
    for (const { url, headers } of responses)
      if (!url.endsWith('/is-alive')) expect(headers.get('retry-after')).toMatch(/^\d+$/);
  } finally {
    signalAll('SIGCONT');
  }
  await expect.poll(statuses, TIMEOUT).toEqual([200, 200, 200, 200, 201]);
});

it('does not let the rest of a transaction wait', async () => {
  const pool = createPool(`${server.url}/postgres`, { statementTimeoutMs: 100 });
  await pool.withConnection(async (connection) => {
    await connection.exec('BEGIN');
    signalAll('SIGSTOP');
    try {
      await expect(connection.exec('SELECT 1')).rejects.toThrow('Query read timeout');
      const error: unknown = await connection.exec('ROLLBACK').catch((reason: unknown) => reason);
      expect(String(error)).not.toContain('timeout');
      expect(isUnavailable(error)).toBe(true);
    } finally {
      signalAll('SIGCONT');
    }
  });
  await pool.exec('SELECT 1');
  await pool.close();
});
