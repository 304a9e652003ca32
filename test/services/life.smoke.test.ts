import { once } from 'node:events';
import { mkdirSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { describe, expect } from 'vitest';
import { openStore } from '../../src/db/open.ts';
import { addServicesTasks, asChain } from '../support/gateway.ts';
import { it, type Sandbox, type Server } from '../support/process.ts';
import { requestText, sendRequest } from '../support/raw-http.ts';
import { aServicesTask } from '../support/tasks.ts';

// The built program on real sockets: downloads in pieces, and what the demo's runner leaves alone.

const HOST = 'services.localhost';
const NAME = 'User_Export-7.csv';
const SMALL = 'id,name\r\n'.repeat(200_000);
/** More than the sockets of both sides hold. */
const BIG = 'id,name\r\n'.repeat(3_000_000);

/** A server with an export that is DONE, and the target of its download. */
async function serveExport(sandbox: Sandbox, content = SMALL) {
  const exportsDir = join(sandbox.dir, 'exports');
  mkdirSync(join(exportsDir, '1764'), { recursive: true });
  writeFileSync(join(exportsDir, '1764', 'seven.csv'), content);
  const store = openStore(sandbox.databaseUrl);
  await store.migrate();
  await addServicesTasks(store, aServicesTask({ id: 7 }));
  const now = Date.now();
  await store.taskRuns.claim(1764, 7, ['export'], { run: 'r', now, until: now + 1000 });
  const end = {
    status: 'DONE',
    result: NAME,
    file: '1764/seven.csv',
    logs: [],
    now,
    nextTask: undefined,
  } as const;
  await store.taskRuns.finish(7, 'r', end);
  const headers = await asChain(store, 1764);
  await store.close();
  const server = await sandbox.serve([], { EXPORTS_DIR: exportsDir });
  return { server, headers, target: await targetOf(server, headers) };
}

async function targetOf({ port }: Server, headers: Record<string, string>): Promise<string> {
  const { body } = await sendRequest(
    port,
    requestText(`${HOST}:${port}`, '/tasks/7/download_url', { headers }),
  );
  const { url }: { url: string } = JSON.parse(body);
  expect(url.startsWith(`http://${HOST}:${port}/downloads/7/${NAME}?`)).toBe(true);
  return url.slice(url.indexOf('/downloads'));
}

describe.concurrent('a download over a socket', () => {
  it('that is broken off is resumed by a range, and whole in the end', async ({ sandbox }) => {
    const { server, target } = await serveExport(sandbox);
    const url = `http://127.0.0.1:${server.port}${target}`;
    const file = join(sandbox.dir, 'got.csv');
    const curl = `curl -sS -H 'Host: ${HOST}'`;
    await sandbox.shell(`${curl} '${url}' 2>/dev/null | head -c 1000000 > '${file}'`);
    const resumed = await sandbox.shell(
      `${curl} -o '${file}' -C - -w '%{http_code} %{size_download}' '${url}'`,
    );
    expect(resumed.stdout).toBe(`206 ${SMALL.length - 1_000_000}`);
    const compared = await sandbox.shell(
      `cmp '${file}' '${join(sandbox.dir, 'exports/1764/seven.csv')}' && echo same`,
    );
    expect(compared.stdout).toBe('same\n');
  });

  it('that nobody reads on has its file closed, and the server goes on', async ({ sandbox }) => {
    const { server, target } = await serveExport(sandbox, BIG);
    const openFiles = async () =>
      (await sandbox.shell(`ls -l /proc/${server.pid}/fd | grep -c seven.csv`)).stdout.trim();
    const socket = connect(server.port, '127.0.0.1');
    socket.write(requestText(HOST, target));
    await once(socket, 'readable');
    await expect.poll(openFiles).toBe('1');
    socket.destroy();
    await expect.poll(openFiles).toBe('0');
    const range = { Range: 'bytes=0-6' };
    const { status, body } = await sendRequest(server.port, requestText(HOST, target, { headers: range }));
    expect({ status, body }).toEqual({ status: 206, body: 'id,name' });
  });

  it('has the same key after a restart', async ({ sandbox }) => {
    const { server, target } = await serveExport(sandbox);
    server.kill('SIGTERM');
    await server.exited;
    const again = await sandbox.serve([], { EXPORTS_DIR: join(sandbox.dir, 'exports') });
    const range = { Range: 'bytes=0-1' };
    expect((await sendRequest(again.port, requestText(HOST, target, { headers: range }))).body).toBe('id');
  });

  it('is 403 with another DOWNLOAD_KEY', async ({ sandbox }) => {
    const { server, target } = await serveExport(sandbox);
    server.kill('SIGTERM');
    await server.exited;
    const again = await sandbox.serve([], { DOWNLOAD_KEY: 'k'.repeat(32) });
    expect((await sendRequest(again.port, requestText(HOST, target))).status).toBe(403);
  });
});

describe.concurrent('serve and work', () => {
  it('leave the tasks of the demo as they are', async ({ sandbox }) => {
    const server = await sandbox.serve(['--demo']);
    const seeded = await sandbox.taskgate(['export', 'services']);
    await new Promise((resolve) => setTimeout(resolve, 1500));
    expect((await sandbox.taskgate(['export', 'services'])).stdout).toBe(seeded.stdout);
    server.kill('SIGTERM');
    expect(await server.exited).toMatchObject({ code: 0 });
  });

  it('say what they do, and end with 0 when asked to', async ({ sandbox }) => {
    const {
      waitForLog: logged,
      kill,
      exited: ended,
    } = sandbox.node([join(import.meta.dirname, '../../dist/cli.js'), 'work']);
    await logged('working');
    kill('SIGTERM');
    expect(await ended).toMatchObject({ code: 0, stderr: '' });
  });
});
