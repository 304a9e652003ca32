/** Copies that end by `kill -9`, and what continues them. */
import { afterAll, beforeAll, describe, expect } from 'vitest';
import { createDatabase, differingTables, runMigrateTo } from '../../support/copies.ts';
import { addServicesTasks, createTestGateway } from '../../support/gateway.ts';
import { it, type Sandbox } from '../../support/process.ts';
import { openRawConnection } from '../../support/raw-connection.ts';
import { fillDatabase } from '../../support/rich-database.ts';
import { aServicesTask } from '../../support/tasks.ts';

const CHILD = 'test/support/child/copy-until-killed.js';

/** After or during a batch of three rows, or after a later step. */
const STEPS = [
  ...(['after 1', 'after 55', 'during 0', 'during 40'] as const),
  ...(['copied', 'rebuilding', 'rebuilt'] as const),
];

type Database = Awaited<ReturnType<typeof createDatabase>>;

describe.each([
  { from: 'sqlite', to: 'postgres' },
  { from: 'postgres', to: 'sqlite' },
] as const)('a copy from $from to $to that was killed', ({ from, to }) => {
  let source: Database;

  beforeAll(async () => {
    source = await createDatabase(from);
    await fillDatabase(source.url);
  });

  afterAll(() => source.remove());

  async function copyUntilKilled(sandbox: Sandbox, target: Database, step: string): Promise<void> {
    const args = [CHILD, target.url, ...step.split(' ')];
    const killed = await sandbox.node(args, { DATABASE_URL: source.url }).exited;
    expect(killed).toMatchObject({ signal: 'SIGKILL', stderr: '' });
  }

  async function expectCopy(target: Database): Promise<void> {
    expect(await runMigrateTo(source.url, target.url)).toMatchObject({ code: 0 });
    expect(await differingTables(source.url, target.url)).toEqual([]);
    const { store } = await createTestGateway({ databaseUrl: target.url });
    expect(await store.verify()).toEqual([]);
    await store.close();
    await target.remove();
  }

  it.for(STEPS)('continues (%s)', async (step, { sandbox }) => {
    const target = await createDatabase(to);
    await copyUntilKilled(sandbox, target, step);
    await expectCopy(target);
  });

  it('continues more than once', async ({ sandbox }) => {
    const target = await createDatabase(to);
    for (const step of ['after 10', 'during 25', 'copied']) await copyUntilKilled(sandbox, target, step);
    await expectCopy(target);
  });

  it('is refused by other commands and by copies of other databases', async ({ sandbox }) => {
    const target = await createDatabase(to);
    await copyUntilKilled(sandbox, target, 'after 9');
    const used = await sandbox.taskgate(['tokens', 'list'], { DATABASE_URL: target.url });
    expect(used).toMatchObject({ code: 1, stdout: '' });
    expect(used.stderr).toMatch(
      /^taskgate: The database \S+ is an unfinished copy; finish it with taskgate migrate-to before it is used\.\n$/,
    );
    expect(used.stderr).not.toMatch(/:[0-9a-f]{32}@/);
    const other = await createDatabase('sqlite');
    const refused = await runMigrateTo(other.url, target.url);
    expect(refused.code).toBe(1);
    expect(refused.stderr).toMatch(
      /^taskgate: The target \S+ is the unfinished copy of \S+; copy that .*\.\n$/,
    );
    await other.remove();
    await target.remove();
  });

  it('is copied again where another program has changed it', async ({ sandbox }) => {
    const target = await createDatabase(to);
    await copyUntilKilled(sandbox, target, 'copied');
    const raw = await openRawConnection(target.url);
    await raw.exec("UPDATE services_logs SET message = 'changed'");
    await raw.close();
    expect(await runMigrateTo(source.url, target.url)).toEqual({
      code: 1,
      stdout: expect.stringMatching(/^services_logs .* DIFFERENT$/m),
      stderr:
        'The databases differ in services_logs, because another process has changed the target; run the command again.\n',
    });
    await expectCopy(target);
  });

  it('copies again what the source has changed since', async ({ sandbox }) => {
    const target = await createDatabase(to);
    await copyUntilKilled(sandbox, target, 'copied');
    const { store } = await createTestGateway({ databaseUrl: source.url });
    await addServicesTasks(store, aServicesTask({ id: 1, desc: 'changed' }), aServicesTask({ id: 999 }));
    await store.access.grant({ userId: 1, chain: 1, level: 'WRITE' });
    await store.close();
    await expectCopy(target);
  });
});
