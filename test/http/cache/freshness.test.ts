import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { describe, expect } from 'vitest';
import { openStore } from '../../../src/db/open.ts';
import { addHdpTasks, addServicesTasks, asChain } from '../../support/gateway.ts';
import { it, type Sandbox } from '../../support/process.ts';
import { type RawConnection, requestText, withConnection } from '../../support/raw-http.ts';
import { anHdpTask, aServicesTask, ulid } from '../../support/tasks.ts';

// The server is one process; who writes is another.

const hasShell = spawnSync('sqlite3', ['-version']).status === 0;

const HDP = 'hdp.localhost';
const SERVICES = 'services.localhost';

async function openBoth(sandbox: Sandbox) {
  const writer = openStore(sandbox.databaseUrl);
  await writer.migrate();
  const token = await asChain(writer, 1764);
  const server = await sandbox.serve([], { RUN_TASKS: 'no' });
  const get = (wire: RawConnection, host: string, target: string) => {
    wire.send(requestText(host, target, { headers: host === SERVICES ? token : {} }));
    return wire.readResponse();
  };
  /** The same URL until the response is one from the cache: those that follow a change are built. */
  const poll = async (wire: RawConnection, host: string, target: string) => {
    for (let n = 0; n < 3; n += 1) await get(wire, host, target);
    return get(wire, host, target);
  };
  return { writer, server, get, poll };
}

describe.concurrent('a response from the cache of a server', () => {
  it('shows every commit that another process made before the request', async ({ sandbox }) => {
    const { writer, server, get, poll } = await openBoth(sandbox);
    await withConnection(server.port, async (wire) => {
      for (let n = 1; n <= 40; n += 1) {
        const uuid = ulid(n);
        await addServicesTasks(writer, aServicesTask({ id: n, desc: String(n) }));
        await addHdpTasks(writer, anHdpTask({ uuid, programName: 'module' }));
        const list = await get(wire, SERVICES, '/tasks?limit=1');
        expect(list.headers.get('x-total-count')).toBe(String(n));
        expect(JSON.parse((await get(wire, SERVICES, `/tasks/${n}`)).body).desc).toBe(String(n));
        for (const target of ['/tasks', '/tasks?hdp_tasks_search=MODULE', '/tasks?hdp_tasks_per_page=1']) {
          expect(JSON.parse((await get(wire, HDP, target)).body).pagination.total).toBe(n);
        }
        expect(JSON.parse((await get(wire, HDP, `/tasks/${uuid}/status`)).body).taskId).toBe(uuid);
        await poll(wire, HDP, '/tasks');
        await poll(wire, SERVICES, '/tasks?limit=1');
      }
    });
    await writer.close();
  });

  it('is another one after taskgate check --repair in another process', async ({ sandbox }) => {
    const { writer, server, poll, get } = await openBoth(sandbox);
    await addServicesTasks(writer, aServicesTask({ id: 1 }), aServicesTask({ id: 2 }));
    await writer.close();
    const db = new Database(sandbox.databaseUrl);
    expect(db.prepare('UPDATE list_blocks SET size = size + 5').run().changes).toBeGreaterThan(0);
    db.close();
    await withConnection(server.port, async (wire) => {
      const damaged = await poll(wire, SERVICES, '/tasks?limit=1');
      expect(damaged.headers.get('x-total-count')).not.toBe('2');
      expect((await sandbox.taskgate(['check', '--repair'])).code).toBe(0);
      const repaired = await get(wire, SERVICES, '/tasks?limit=1');
      expect(repaired.headers.get('x-total-count')).toBe('2');
    });
  });

  it.skipIf(!hasShell)(
    'is another one after the sqlite3 shell has restored an earlier copy',
    async ({ sandbox }) => {
      const { writer, server, poll, get } = await openBoth(sandbox);
      const copy = join(sandbox.dir, 'copy.db');
      const shell = async (command: string) => {
        const { stderr } = await sandbox.shell(`sqlite3 '${sandbox.databaseUrl}' "${command}"`);
        expect(stderr).toBe('');
      };
      await addHdpTasks(writer, anHdpTask({ uuid: ulid(1), programName: 'earlier' }));
      await shell(`.backup '${copy}'`);
      await writer.close();
      await withConnection(server.port, async (wire) => {
        for (let round = 1; round <= 5; round += 1) {
          const later = openStore(sandbox.databaseUrl);
          await addHdpTasks(later, anHdpTask({ uuid: ulid(1 + round), programName: `later ${round}` }));
          await later.close();
          const grown = await poll(wire, HDP, '/tasks');
          expect(JSON.parse(grown.body).pagination.total).toBe(2);
          await shell(`.restore '${copy}'`);
          const restored = await get(wire, HDP, '/tasks');
          expect(JSON.parse(restored.body).pagination.total).toBe(1);
          expect(restored.headers.get('etag')).not.toBe(grown.headers.get('etag'));
        }
      });
    },
  );
});
