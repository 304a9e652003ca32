/** Tests of the built program on a file that is damaged or cannot be read. */
import { execFileSync } from 'node:child_process';
import { existsSync, openSync, renameSync, rmSync, truncateSync, writeFileSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import Database from 'better-sqlite3';
import { describe, expect, vi } from 'vitest';
import { z } from 'zod';
import { requestJson } from './support/json-request.ts';
import { it, logLines, type Sandbox, type Server } from './support/process.ts';
import { sendRequest } from './support/raw-http.ts';

const TOKEN = { Authorization: 'Bearer demo:demo-secret-of-chain-1764' };
const SEARCH = '/tasks?hdp_tasks_search=vault';
const NEW_TASK = {
  method: 'POST',
  headers: { 'X-API-KEY': 'demo-key-of-a-client' },
  requestBody: { destination_chain_id: '0x1', input: {} },
};

/** Seeds the database of a sandbox. Returns the page size and the first page of a table or index. */
async function seeded(sandbox: Sandbox, name: string) {
  await sandbox.taskgate(['seed']);
  const sqlite = new Database(sandbox.databaseUrl);
  sqlite.pragma('wal_checkpoint(TRUNCATE)');
  const size = Number(sqlite.pragma('page_size', { simple: true }));
  const page = sqlite
    .prepare<[string], number>('SELECT rootpage FROM sqlite_schema WHERE name = ?')
    .pluck()
    .get(name);
  sqlite.close();
  return { size, offset: ((page ?? 1) - 1) * size };
}

/** Sends every request twice, so that the second one also meets the effects of the first one. */
async function statuses(server: Server) {
  const responseStatuses = [];
  for (let round = 0; round < 2; round += 1) {
    responseStatuses.push(...(await lists(server)));
    responseStatuses.push((await requestJson(server.port, 'hdp.localhost', '/is-alive')).status);
  }
  return responseStatuses;
}

async function lists({ port }: Server) {
  return [
    (await requestJson(port, 'hdp.localhost', '/tasks')).status,
    (await requestJson(port, 'hdp.localhost', SEARCH)).status,
    (await requestJson(port, 'services.localhost', '/tasks', { headers: TOKEN })).status,
  ];
}

async function stop(server: Server) {
  server.kill('SIGTERM');
  return server.exited;
}

describe('a damaged database file', () => {
  it('causes a logged 500 for requests that read the damage, and an unhealthy service, but no exit', async ({
    sandbox,
  }) => {
    const { size, offset } = await seeded(sandbox, 'hdp_tasks');
    writeSync(openSync(sandbox.databaseUrl, 'r+'), Buffer.alloc(size, 0xee), 0, size, offset);
    const server = await sandbox.serve();
    expect(await statuses(server)).toEqual([500, 500, 200, 503, 500, 500, 200, 503]);
    const { code, stdout } = await stop(server);
    expect(code).toBe(0);
    const failed = logLines(stdout).filter(({ msg }) => msg === 'request failed');
    expect(failed.length).toBeGreaterThanOrEqual(6);
  });

  it('that is truncated has the same effect', async ({ sandbox }) => {
    await seeded(sandbox, 'hdp_tasks');
    const server = await sandbox.serve();
    expect((await requestJson(server.port, 'hdp.localhost', '/is-alive')).status).toBe(200);
    truncateSync(sandbox.databaseUrl, 8192);
    const seen = await statuses(server);
    for (const status of seen) expect([200, 500, 503]).toContain(status);
    expect(seen.at(-1)).toBe(503);
    expect((await stop(server)).code).toBe(0);
  });
});

const hasCompiler = (() => {
  try {
    execFileSync('cc', ['--version'], { stdio: 'ignore' });
    return process.platform === 'linux';
  } catch {
    return false;
  }
})();

/** Compiles the shim into a sandbox. Returns the environment in which reads fail while the file `trigger` exists. */
function failingReads(sandbox: Sandbox, of: string) {
  const shim = join(sandbox.dir, 'failing-reads.so');
  const source = fileURLToPath(new URL('support/native/failing-reads.c', import.meta.url));
  execFileSync('cc', ['-shared', '-fPIC', '-o', shim, source, '-ldl']);
  const trigger = join(sandbox.dir, 'fail');
  return { trigger, env: { LD_PRELOAD: shim, FAIL_READS_WHEN: trigger, FAIL_READS_OF: of } };
}

describe.skipIf(!hasCompiler)('a file that temporarily cannot be read', () => {
  it('causes errors if it is the database, until it can be read again', async ({ sandbox }) => {
    await seeded(sandbox, 'hdp_tasks');
    const { trigger, env } = failingReads(sandbox, sandbox.databaseUrl);
    const server = await sandbox.serve([], env);
    expect(await statuses(server)).toEqual(Array.from({ length: 8 }, () => 200));
    // A commit of another process invalidates the pages in memory.
    await sandbox.taskgate(['seed', '--force']);
    writeFileSync(trigger, '');
    for (const status of await statuses(server)) expect([500, 503]).toContain(status);
    rmSync(trigger);
    expect(await lists(server)).toEqual([200, 200, 200]);
    const isAlive = async () => (await requestJson(server.port, 'hdp.localhost', '/is-alive')).status;
    await expect.poll(isAlive, { timeout: 10_000, interval: 200 }).toBe(200);
    expect((await stop(server)).code).toBe(0);
  });

  it('ends the connection of a download without an error body', async ({ sandbox }) => {
    const exportsDir = join(sandbox.dir, 'exports');
    const { trigger, env } = failingReads(sandbox, exportsDir);
    const { port } = await sandbox.serve(['--demo'], { ...env, EXPORTS_DIR: exportsDir });
    const api = (path: string, method = 'GET') =>
      requestJson(port, 'services.localhost', path, { method, headers: TOKEN });
    await api('/tasks/12345/execute', 'POST');
    const { body } = await api('/tasks/12345/download_url');
    const { pathname, search } = new URL(z.object({ url: z.url() }).parse(body).url);
    writeFileSync(trigger, '');
    const request = `GET ${pathname}${search} HTTP/1.1\r\nHost: services.localhost\r\n\r\n`;
    await expect(sendRequest(port, request)).rejects.toThrow(
      /closed the connection after "HTTP\/1\.1 200 OK(?!.*Error)/s,
    );
    rmSync(trigger);
    expect((await sendRequest(port, request)).status).toBe(200);
  });
});

describe('a database file that is removed while it is served', () => {
  it('is not created again by the search and maintenance threads, and is logged', async ({ sandbox }) => {
    const server = await sandbox.serve();
    for (const end of ['', '-wal', '-shm']) rmSync(`${sandbox.databaseUrl}${end}`);
    expect((await requestJson(server.port, 'hdp.localhost', SEARCH)).status).not.toBe(200);
    const reports = () =>
      logLines(server.stdout()).filter(({ msg }) => msg === 'maintenance thread failed').length;
    await vi.waitUntil(() => reports() > 0, { timeout: 15_000 });
    expect(existsSync(sandbox.databaseUrl)).toBe(false);
    expect((await stop(server)).code).toBe(0);
    // One report for each of its two tasks, for any number of attempts.
    expect(reports()).toBeLessThanOrEqual(2);
  });

  it.for(['removed', 'replaced'])(
    'fails health checks and takes no more writes once it is %s, though both were fine before',
    async (how, { sandbox }) => {
      await sandbox.taskgate(['seed']);
      const server = await sandbox.serve();
      const create = () => requestJson(server.port, 'hdp.localhost', '/tasks', NEW_TASK);
      const health = () => requestJson(server.port, 'hdp.localhost', '/is-alive');
      expect([(await create()).status, (await health()).status]).toEqual([200, 200]);
      renameSync(sandbox.databaseUrl, join(sandbox.dir, 'moved.db'));
      if (how === 'replaced') writeFileSync(sandbox.databaseUrl, '');
      expect([(await create()).status, (await health()).status]).toEqual([503, 503]);
      expect((await stop(server)).stdout).toContain('was removed, moved or replaced while it was open');
    },
  );
});
