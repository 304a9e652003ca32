import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, vi } from 'vitest';
import { it, type Sandbox } from '../support/process.ts';
import { openRawConnection } from '../support/raw-connection.ts';
import { isPostgres } from '../support/stores.ts';

// taskgate health of processes that read the database.

const fileOf = (sandbox: Sandbox) => join(sandbox.dir, 'health.json');
const envOf = (sandbox: Sandbox) => ({ HEALTH_FILE: fileOf(sandbox) });
const record = (sandbox: Sandbox): Record<string, unknown> =>
  JSON.parse(readFileSync(fileOf(sandbox), 'utf8'));
const checkHealth = async (sandbox: Sandbox) => {
  const { code, stderr } = await sandbox.taskgate(['health'], envOf(sandbox));
  return code === 0 && stderr === '' ? 'healthy' : `${code} ${stderr}`;
};

describe('taskgate health', () => {
  it('reports a worker as healthy while it reads the database, and as unhealthy if it hangs or has exited', async ({
    sandbox,
  }) => {
    const worker = sandbox.start(['work'], envOf(sandbox));
    await worker.waitForLog('working');
    await vi.waitUntil(() => 'checkedAt' in record(sandbox));
    expect(await checkHealth(sandbox)).toBe('healthy');
    worker.kill('SIGSTOP');
    writeFileSync(fileOf(sandbox), JSON.stringify({ ...record(sandbox), checkedAt: Date.now() - 60_000 }));
    expect(await checkHealth(sandbox)).toMatch(
      /^1 taskgate: taskgate work has not read the database for \d+ seconds\.\n$/,
    );
    // The clock was set back after its last report.
    writeFileSync(fileOf(sandbox), JSON.stringify({ ...record(sandbox), checkedAt: Date.now() + 7_200_000 }));
    expect(await checkHealth(sandbox)).toBe(
      '1 taskgate: taskgate work last read the database at a time in the future.\n',
    );
    worker.kill('SIGKILL');
    await worker.exited;
    expect(await checkHealth(sandbox)).toContain('taskgate work has ended');
  });

  it('reports a worker that cannot read the database as unhealthy, and logs the reason', async ({
    sandbox,
  }) => {
    const worker = sandbox.start(['work'], envOf(sandbox));
    await worker.waitForLog('working');
    await vi.waitUntil(() => 'checkedAt' in record(sandbox));
    const database = await openRawConnection(sandbox.databaseUrl);
    await database.exec(isPostgres() ? 'DROP TABLE hdp_tasks CASCADE' : 'DROP TABLE hdp_tasks');
    await database.close();
    const reason = isPostgres() ? 'relation "hdp_tasks" does not exist' : 'no such table: hdp_tasks';
    await worker.waitForLog(`the database cannot be read: ${reason}`);
    const { checkedAt } = record(sandbox);
    writeFileSync(
      fileOf(sandbox),
      JSON.stringify({ ...record(sandbox), checkedAt: Number(checkedAt) - 60_000 }),
    );
    expect(await checkHealth(sandbox)).toContain('taskgate work has not read the database');
  });

  it('still checks the server while another command runs', async ({ sandbox }) => {
    const server = await sandbox.serve([], envOf(sandbox));
    await sandbox.taskgate(['migrate'], envOf(sandbox));
    expect(record(sandbox)).toMatchObject({ command: 'serve', pid: server.pid });
    expect(await checkHealth(sandbox)).toBe('healthy');
    server.kill('SIGTERM');
    await server.exited;
    expect(await checkHealth(sandbox)).toBe(
      `1 taskgate: taskgate serve has ended (process ${server.pid}).\n`,
    );
  });
});
