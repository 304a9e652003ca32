import { once } from 'node:events';
import { mkdirSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { describe, expect, vi } from 'vitest';
import { openStore } from '../../src/db/open.ts';
import { addServicesTasks, asChain } from '../support/gateway.ts';
import { it, type Sandbox, type Server } from '../support/process.ts';
import { requestText, sendRequest } from '../support/raw-http.ts';
import { aServicesTask } from '../support/tasks.ts';

const HOST = 'services.localhost';
const FILE_NAME = 'User_Export-7.csv';
const SMALL_FILE = 'id,name\r\n'.repeat(200_000);
/** Larger than the socket buffers of both sides. */
const LARGE_FILE = 'id,name\r\n'.repeat(3_000_000);

/** Starts a server with an export that is DONE, and returns the request target of its download. */
async function serveExport(sandbox: Sandbox, content = SMALL_FILE) {
  const exportsDir = join(sandbox.dir, 'exports');
  mkdirSync(join(exportsDir, '1764'), { recursive: true });
  writeFileSync(join(exportsDir, '1764', 'seven.csv'), content);
  const store = openStore(sandbox.databaseUrl);
  await store.migrate();
  await addServicesTasks(store, aServicesTask({ id: 7 }));
  const now = Date.now();
  await store.taskRuns.claim(1764, 7, ['export'], { run: 'r', leaseMs: 1000 });
  const result = {
    status: 'DONE',
    result: FILE_NAME,
    file: '1764/seven.csv',
    logs: [],
    now,
    nextTask: undefined,
  } as const;
  await store.taskRuns.finish(7, 'r', result);
  const headers = await asChain(store, 1764);
  await store.close();
  const server = await sandbox.serve([], { EXPORTS_DIR: exportsDir });
  return { server, headers, target: await getDownloadTarget(server, headers) };
}

async function getDownloadTarget({ port }: Server, headers: Record<string, string>): Promise<string> {
  const { body } = await sendRequest(
    port,
    requestText(`${HOST}:${port}`, '/tasks/7/download_url', { headers }),
  );
  const { url }: { url: string } = JSON.parse(body);
  expect(url.startsWith(`http://${HOST}:${port}/downloads/7/${FILE_NAME}?`)).toBe(true);
  return url.slice(url.indexOf('/downloads'));
}

describe.concurrent('a download from a running server', () => {
  it('can be resumed with a range after it is interrupted', async ({ sandbox }) => {
    const { server, target } = await serveExport(sandbox);
    const url = `http://127.0.0.1:${server.port}${target}`;
    const file = join(sandbox.dir, 'downloaded.csv');
    const curl = `curl -sS -H 'Host: ${HOST}'`;
    await sandbox.shell(`${curl} '${url}' 2>/dev/null | head -c 1000000 > '${file}'`);
    const resumed = await sandbox.shell(
      `${curl} -o '${file}' -C - -w '%{http_code} %{size_download}' '${url}'`,
    );
    expect(resumed.stdout).toBe(`206 ${SMALL_FILE.length - 1_000_000}`);
    const compared = await sandbox.shell(
      `cmp '${file}' '${join(sandbox.dir, 'exports/1764/seven.csv')}' && echo same`,
    );
    expect(compared.stdout).toBe('same\n');
  });

  it('closes its file if the client disconnects', async ({ sandbox }) => {
    const { server, target } = await serveExport(sandbox, LARGE_FILE);
    const openFiles = async () =>
      (await sandbox.shell(`ls -l /proc/${server.pid}/fd | grep -c seven.csv`)).stdout.trim();
    const socket = connect(server.port, '127.0.0.1');
    socket.write(requestText(HOST, target));
    await once(socket, 'readable');
    await vi.waitFor(async () => expect(await openFiles()).toBe('1'));
    socket.destroy();
    await vi.waitFor(async () => expect(await openFiles()).toBe('0'));
    const range = { Range: 'bytes=0-6' };
    const { status, body } = await sendRequest(server.port, requestText(HOST, target, { headers: range }));
    expect({ status, body }).toEqual({ status: 206, body: 'id,name' });
  });

  it('remains valid after a restart', async ({ sandbox }) => {
    const { server, target } = await serveExport(sandbox);
    server.kill('SIGTERM');
    await server.exited;
    const restarted = await sandbox.serve([], { EXPORTS_DIR: join(sandbox.dir, 'exports') });
    const range = { Range: 'bytes=0-1' };
    expect((await sendRequest(restarted.port, requestText(HOST, target, { headers: range }))).body).toBe(
      'id',
    );
  });

  it('returns 403 after DOWNLOAD_KEY changes', async ({ sandbox }) => {
    const { server, target } = await serveExport(sandbox);
    server.kill('SIGTERM');
    await server.exited;
    const restarted = await sandbox.serve([], { DOWNLOAD_KEY: 'k'.repeat(32) });
    expect((await sendRequest(restarted.port, requestText(HOST, target))).status).toBe(403);
  });
});
