/**
 * A write is on disk before it is acknowledged. The first test reads the order of the server's system calls: the write-ahead
 * log is written, then synced, and only then the response is written to the socket. This proves that the program asks for
 * the sync and waits for it. It does not prove that the kernel and the disk keep the data. The second test kills
 * the process, which proves that no acknowledged write is only in its memory.
 */
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect } from 'vitest';
import { z } from 'zod';
import { openStore } from '../src/db/open.ts';
import { asChain, asKey } from './support/gateway.ts';
import { requestJson } from './support/json-request.ts';
import { it, type Sandbox } from './support/process.ts';

const CLI = fileURLToPath(new URL('../dist/cli.js', import.meta.url));
const CALLS = 'pwrite64,write,writev,sendto,sendmsg,fsync,fdatasync';

/** True if strace is installed and may trace a process. */
const canTrace = (() => {
  try {
    execFileSync('strace', ['-o', '/dev/null', 'true'], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
})();

/** Creates the database and a credential for each API. */
async function prepare({ databaseUrl }: Sandbox) {
  const store = openStore(databaseUrl);
  await store.migrate();
  const credentials = { services: await asChain(store, 1764), hdp: await asKey(store, 'client') };
  await store.close();
  return credentials;
}

const posts = ({ services, hdp }: Awaited<ReturnType<typeof prepare>>) => [
  {
    host: 'services.localhost',
    headers: services,
    requestBody: {
      chain: 1764,
      desc: '',
      trigger: { once: '2099-01-01T00:00:00Z' },
      target: { action: 'export', export_index: 'users', export_format: 'csv' },
    },
  },
  { host: 'hdp.localhost', headers: hdp, requestBody: { destination_chain_id: '1', input: {} } },
];

type Event = 'log written' | 'log synced' | 'response';

/** Returns the order of calls on the write-ahead log and of responses in a trace. A call counts when it returns. */
function eventsIn(trace: string): Event[] {
  return trace.split('\n').flatMap((line): Event[] => {
    if (/ pwrite64\(\d+<[^>]*-wal>/.test(line)) return ['log written'];
    // A call of another thread can split the line.
    if (/ f(data)?sync\(\d+<[^>]*-wal>\) += 0/.test(line) || / f(data)?sync resumed>\) += 0/.test(line))
      return ['log synced'];
    if (/ (write|writev|sendto|sendmsg)\(.*"HTTP\/1\.1 20[01]/.test(line)) return ['response'];
    return [];
  });
}

/** Returns the events between the nth response from the end and the response before it. */
function eventsBeforeResponses(events: readonly Event[]): Event[][] {
  const groups: Event[][] = [[]];
  for (const event of events) {
    if (event === 'response') groups.push([]);
    else groups.at(-1)?.push(event);
  }
  return groups.slice(0, -1);
}

describe.skipIf(!canTrace)('a server that is traced', () => {
  it('syncs the write-ahead log after it has written it and before it responds to a POST', async ({
    sandbox,
  }) => {
    const requests = posts(await prepare(sandbox));
    const output = join(sandbox.dir, 'trace');
    const options = ['-f', '-y', '-s', '16', '-e', `trace=${CALLS}`, '-o', output];
    const server = await sandbox.serveWith('strace', [...options, process.execPath, CLI, 'serve'], {
      SYNCHRONOUS_COMMIT: '',
      RUN_TASKS: 'no',
    });
    for (const { host, headers, requestBody } of requests) {
      const { status } = await requestJson(server.port, host, '/tasks', {
        method: 'POST',
        headers,
        requestBody,
      });
      expect([200, 201]).toContain(status);
    }
    process.kill(-server.pid, 'SIGTERM');
    await server.exited;
    const groups = eventsBeforeResponses(eventsIn(readFileSync(output, 'utf8')));
    expect(groups).toHaveLength(requests.length);
    for (const events of groups) {
      expect(events).toContain('log written');
      expect(events.at(-1)).toBe('log synced');
    }
  });
});

describe('a server that is killed during writes', () => {
  it('has every acknowledged write and correct derived data after a restart', async ({ sandbox }) => {
    const requests = posts(await prepare(sandbox));
    const server = await sandbox.serve([], { RUN_TASKS: 'no', SYNCHRONOUS_COMMIT: '' });
    const acknowledged = { 'services.localhost': new Set<string>(), 'hdp.localhost': new Set<string>() };
    const created = z.union([z.object({ id: z.number() }), z.object({ uuid: z.string() })]);
    let count = 0;
    const write = async ({ host, headers, requestBody }: (typeof requests)[number]) => {
      for (;;) {
        const { body } = await requestJson(server.port, host, '/tasks', {
          method: 'POST',
          headers,
          requestBody,
        });
        const task = created.parse(body);
        const seen =
          host === 'hdp.localhost' ? acknowledged['hdp.localhost'] : acknowledged['services.localhost'];
        seen.add('id' in task ? String(task.id) : task.uuid);
        count += 1;
        if (count === 100) server.kill('SIGKILL');
      }
    };
    // Each writer stops when its connection closes.
    await Promise.allSettled([...requests, ...requests, ...requests, ...requests].map(write));
    await server.exited;
    const store = openStore(sandbox.databaseUrl);
    const stored = { services: new Set<string>(), hdp: new Set<string>() };
    for await (const rows of store.servicesTasks.listAll(1764))
      for (const { id } of rows) stored.services.add(String(id));
    for await (const rows of store.hdpTasks.listAll()) for (const { uuid } of rows) stored.hdp.add(uuid);
    expect(count).toBeGreaterThanOrEqual(100);
    expect([...acknowledged['services.localhost']].filter((id) => !stored.services.has(id))).toEqual([]);
    expect([...acknowledged['hdp.localhost']].filter((uuid) => !stored.hdp.has(uuid))).toEqual([]);
    expect(await store.verify()).toEqual([]);
    await store.close();
  });
});
