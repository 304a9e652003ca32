import { once } from 'node:events';
import { readFileSync, writeFileSync } from 'node:fs';
import { type AddressInfo, createServer } from 'node:net';
import { join } from 'node:path';
import { describe, expect, vi } from 'vitest';
import { openStore } from '../src/db/open.ts';
import { it, stopServer } from './support/process.ts';
import { requestText, sendRequest } from './support/raw-http.ts';
import { anHdpTask, ulid } from './support/tasks.ts';

const HDP = 'hdp.localhost';

describe.concurrent('output that is not read', () => {
  it('ends an export without a message when its reader closes the pipe', async ({ sandbox }) => {
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

  it('does not affect serve when the reader of the log closes the pipe', async ({ sandbox }) => {
    const [quiet, busy] = await Promise.all([sandbox.serve(), sandbox.serve()]);
    quiet.closeStdout();
    busy.closeStdout();
    expect((await sendRequest(busy.port, requestText(HDP, '/tasks'))).status).toBe(200);
    expect((await sendRequest(busy.port, requestText(HDP, '/tasks'))).status).toBe(200);
    expect([await stopServer(quiet), await stopServer(busy)]).toMatchObject([{ code: 0 }, { code: 0 }]);
    expect(quiet.stderr() + busy.stderr()).toBe('');
  });

  it('does not affect serve when the log cannot be written', async ({ sandbox }) => {
    const other = createServer().listen(0, '127.0.0.1');
    await once(other, 'listening');
    const { port } = other.address() as AddressInfo;
    other.close();
    const pidFile = join(sandbox.dir, 'pid');
    const exited = sandbox.shell(
      `PORT=${port} '${process.execPath}' dist/cli.js serve > /dev/full & echo $! > '${pidFile}'; wait $!; echo "status $?"`,
    );
    const list = () => sendRequest(port, requestText(HDP, '/tasks'));
    await vi.waitFor(list, { timeout: 10_000, interval: 100 });
    for (const response of [await list(), await list()]) expect(response.status).toBe(200);
    process.kill(Number(readFileSync(pidFile, 'utf8')), 'SIGTERM');
    expect((await exited).stdout).toBe('status 0\n');
  });

  it('of a long list is complete for a slow reader', async ({ sandbox }) => {
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
