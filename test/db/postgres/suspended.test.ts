/** A server that answers nothing, as after the loss of its network. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { asChain, createTestGateway, type Gateway } from '../../support/gateway.ts';
import { type PostgresProcess, startPostgresProcess } from '../../support/postgres-process.ts';

const CHAIN = 1764;
const TIMEOUT = { timeout: 20_000 };

let server: PostgresProcess;
let gateway: Gateway;

beforeAll(async () => {
  server = await startPostgresProcess();
  gateway = await createTestGateway({ databaseUrl: `${server.url}/postgres` });
}, 60_000);

afterAll(async () => {
  await gateway?.store.close();
  await server?.remove();
});

/** The server and the processes of its connections. */
function signalAll(signal: 'SIGSTOP' | 'SIGCONT'): void {
  const pid = Number.parseInt(readFileSync(join(server.dataFolder, 'postmaster.pid'), 'utf8'), 10);
  const children = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim().split(' ');
  for (const process of [pid, ...children.map(Number)]) globalThis.process.kill(process, signal);
}

it('makes confirmations fail in bounded time, and is used again when it answers', async () => {
  const { app, store } = gateway;
  const headers = await asChain(store, CHAIN);
  const list = async () => (await app.request('http://services.test/tasks', { headers })).status;
  expect(await list()).toBe(200);
  await store.confirm?.(['hdp']);
  signalAll('SIGSTOP');
  try {
    await expect(store.confirm?.(['hdp'])).rejects.toThrow();
  } finally {
    signalAll('SIGCONT');
  }
  await expect.poll(() => store.confirm?.(['hdp']).then(() => 'confirmed'), TIMEOUT).toBe('confirmed');
  await expect.poll(list, TIMEOUT).toBe(200);
});
