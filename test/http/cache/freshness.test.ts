import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { describe, expect } from 'vitest';
import { openStore } from '../../../src/db/open.ts';
import { addHdpTasks, addServicesTasks, asChain } from '../../support/gateway.ts';
import { it, type Sandbox } from '../../support/process.ts';
import { openRawConnection } from '../../support/raw-connection.ts';
import { type RawConnection, requestText, withConnection } from '../../support/raw-http.ts';
import { isPostgres } from '../../support/stores.ts';
import { anHdpTask, aServicesTask, ulid } from '../../support/tasks.ts';

// The server runs in another process than the writer.

const hasSqliteShell = spawnSync('sqlite3', ['-version']).status === 0;

const HDP = 'hdp.localhost';
const SERVICES = 'services.localhost';

async function openServerAndWriter(sandbox: Sandbox) {
  const writer = openStore(sandbox.databaseUrl);
  await writer.migrate();
  const token = await asChain(writer, 1764);
  const server = await sandbox.serve([], { RUN_TASKS: 'no' });
  const get = (wire: RawConnection, host: string, target: string) => {
    wire.send(requestText(host, target, { headers: host === SERVICES ? token : {} }));
    return wire.readResponse();
  };
  /** Repeats a request until its response comes from the cache, and returns that response. */
  const getCached = async (wire: RawConnection, host: string, target: string) => {
    for (let n = 0; n < 3; n += 1) await get(wire, host, target);
    return get(wire, host, target);
  };
  return { writer, server, get, getCached };
}

describe.concurrent('a cached response of a server', () => {
  it('shows every commit that another process made before the request', async ({ sandbox }) => {
    const { writer, server, get, getCached } = await openServerAndWriter(sandbox);
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
        await getCached(wire, HDP, '/tasks');
        await getCached(wire, SERVICES, '/tasks?limit=1');
      }
    });
    await writer.close();
  });

  it('is replaced after taskgate check --repair in another process', async ({ sandbox }) => {
    const { writer, server, getCached, get } = await openServerAndWriter(sandbox);
    await addServicesTasks(writer, aServicesTask({ id: 1 }), aServicesTask({ id: 2 }));
    await writer.close();
    const database = await openRawConnection(sandbox.databaseUrl);
    // Counts that no block has yet. The server may fold them at any time, so they go first.
    if (isPostgres()) await database.exec('DELETE FROM pending_services_changes');
    await database.exec('UPDATE list_blocks SET size = size + 5');
    await database.close();
    await withConnection(server.port, async (wire) => {
      const damaged = await getCached(wire, SERVICES, '/tasks?limit=1');
      expect(damaged.headers.get('x-total-count')).not.toBe('2');
      expect((await sandbox.taskgate(['check', '--repair'])).code).toBe(0);
      const repaired = await get(wire, SERVICES, '/tasks?limit=1');
      expect(repaired.headers.get('x-total-count')).toBe('2');
    });
  });

  it.skipIf(isPostgres() || !hasSqliteShell)(
    'is replaced after the sqlite3 shell restores a backup',
    async ({ sandbox }) => {
      const { writer, server, getCached, get } = await openServerAndWriter(sandbox);
      const backup = join(sandbox.dir, 'backup.db');
      const runShell = async (command: string) => {
        const { stderr } = await sandbox.shell(`sqlite3 '${sandbox.databaseUrl}' "${command}"`);
        expect(stderr).toBe('');
      };
      await addHdpTasks(writer, anHdpTask({ uuid: ulid(1), programName: 'earlier' }));
      await runShell(`.backup '${backup}'`);
      await writer.close();
      await withConnection(server.port, async (wire) => {
        for (let round = 1; round <= 5; round += 1) {
          const store = openStore(sandbox.databaseUrl);
          await addHdpTasks(store, anHdpTask({ uuid: ulid(1 + round), programName: `later ${round}` }));
          await store.close();
          const cached = await getCached(wire, HDP, '/tasks');
          expect(JSON.parse(cached.body).pagination.total).toBe(2);
          await runShell(`.restore '${backup}'`);
          const restored = await get(wire, HDP, '/tasks');
          expect(JSON.parse(restored.body).pagination.total).toBe(1);
          expect(restored.headers.get('etag')).not.toBe(cached.headers.get('etag'));
        }
      });
    },
  );
});
