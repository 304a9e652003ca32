/** Tests of the built program behind Varnish in its default configuration, if Varnish is installed. */
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { describe, expect, vi } from 'vitest';
import { z } from 'zod';
import { requestJson } from './support/json-request.ts';
import { it, type Sandbox } from './support/process.ts';

const hasVarnish = (() => {
  try {
    execFileSync('varnishd', ['-V'], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
})();

const ADMIN = {
  'X-Spaaza-Session-User-Id': '501',
  'X-Spaaza-Session-Key': 'demo-key-of-user-501',
  'X-Spaaza-Session-Chain-Id': '1764',
};
const SERVICES = 'services.localhost';
const HDP = 'hdp.localhost';

const totalOf = (list: unknown) =>
  z.object({ pagination: z.object({ total: z.int() }) }).parse(list).pagination.total;

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  return typeof address === 'object' && address ? address.port : 0;
}

/** Starts Varnish in front of a server and runs `use` with its port. */
async function behindVarnish(sandbox: Sandbox, backend: number, use: (port: number) => Promise<void>) {
  const port = await freePort();
  const varnish = spawn(
    'varnishd',
    ['-F', '-a', `127.0.0.1:${port}`, '-b', `127.0.0.1:${backend}`, '-n', join(sandbox.dir, 'varnish')],
    { stdio: 'ignore' },
  );
  try {
    const isUp = () =>
      requestJson(port, HDP, '/is-alive').then(
        () => true,
        () => false,
      );
    await vi.waitUntil(isUp, { timeout: 15_000, interval: 100 });
    await use(port);
  } finally {
    varnish.kill('SIGTERM');
    if (varnish.exitCode === null) await once(varnish, 'exit');
  }
}

describe.skipIf(!hasVarnish)('behind a shared cache', () => {
  it('no tasks and no download URL reach a client without credentials', async ({ sandbox }) => {
    const { port: backend } = await sandbox.serve(['--demo']);
    await behindVarnish(sandbox, backend, async (port) => {
      for (const path of ['/tasks', '/tasks/12345']) {
        for (let round = 0; round < 2; round += 1) {
          expect((await requestJson(port, SERVICES, path, { headers: ADMIN })).status, path).toBe(200);
          expect((await requestJson(port, SERVICES, path)).status, path).toBe(401);
        }
      }
      const executed = await requestJson(port, SERVICES, '/tasks/12345/execute', {
        method: 'POST',
        headers: ADMIN,
      });
      expect(executed.status).toBe(200);
      expect(
        (await requestJson(port, SERVICES, '/tasks/12345/download_url', { headers: ADMIN })).status,
      ).toBe(200);
      expect((await requestJson(port, SERVICES, '/tasks/12345/download_url')).status).toBe(401);
    });
  });

  it('lists, statuses and health are never stale', async ({ sandbox }) => {
    await sandbox.taskgate(['seed']);
    const server = await sandbox.serve();
    await behindVarnish(sandbox, server.port, async (port) => {
      const key = { 'X-API-KEY': 'demo-key-of-a-client' };
      const total = async () => totalOf((await requestJson(port, HDP, '/tasks')).body);
      const before = await total();
      for (let n = 1; n <= 3; n += 1) {
        const requestBody = { destination_chain_id: '0x1', input: {} };
        await requestJson(port, HDP, '/tasks', { method: 'POST', headers: key, requestBody });
        expect([await total(), await total()]).toEqual([before + n, before + n]);
      }
      server.kill('SIGTERM');
      await server.exited;
      // An error of Varnish itself is HTML.
      expect((await fetch(`http://127.0.0.1:${port}/is-alive`, { headers: { Host: HDP } })).status).toBe(503);
    });
  });
});
