import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { describe, expect, it, onTestFinished } from 'vitest';
import { openStore } from '../../src/db/open.ts';
import { startOutbox } from '../../src/webhooks/outbox.ts';
import { createCli, parseNdjson } from '../support/cli.ts';
import { createOldDatabase } from '../support/former-version.ts';
import { addHdpTasks, NOW } from '../support/gateway.ts';
import { DAY_MS, openOutbox } from '../support/outbox.ts';
import { isPostgres } from '../support/stores.ts';
import { anHdpTask, ulid } from '../support/tasks.ts';

const UUID = '01JPJ03YJT0000000000000001';

/** Creates a command line on a database with one ended task. */
async function prepare() {
  const cli = await createCli();
  const store = openStore(cli.databaseUrl());
  await store.migrate();
  await addHdpTasks(store, anHdpTask({ uuid: UUID, status: 'DryRunFailed' }));
  const outbox = await openOutbox(cli.databaseUrl());
  onTestFinished(async () => {
    await outbox.close();
    await store.close();
  });
  return { cli, store, outbox };
}

/** True for the time of the clock that decides when webhooks are due: on PostgreSQL, that of the server. */
const isNow = (dueAt: number | null | undefined) =>
  isPostgres() ? Math.abs(Number(dueAt) - Date.now()) < 60_000 : dueAt === NOW;

const failed = { created_at: NOW - 3 * DAY_MS, attempts: 32, due_at: null, last_error: 'the answer was 500' };
const delivered = { created_at: NOW - DAY_MS, attempts: 1, due_at: null, delivered_at: NOW - 1000 };

describe('taskgate webhooks resend', () => {
  it.each([
    ['has failed', failed],
    ['was delivered', delivered],
    ['waits for its next attempt', { attempts: 3, due_at: NOW + 60_000, last_error: 'x' }],
  ])('sends a webhook that %s exactly once more', async (_state, row) => {
    const { cli, store, outbox } = await prepare();
    await outbox.add(1, { url: 'https://hooks.example/', ...row });
    expect(await cli.run(['webhooks', 'resend', ulid(1)])).toEqual({
      code: 0,
      stdout: '',
      stderr: `Webhook ${ulid(1)} is due now; taskgate serve or taskgate work sends it.\n`,
    });
    const rows = await outbox.rows();
    expect(rows).toMatchObject([{ attempts: 0, delivered_at: null, last_error: null }]);
    expect(rows.map(({ due_at }) => isNow(due_at))).toEqual([true]);
    const sent: string[] = [];
    let now = NOW;
    const sender = startOutbox({
      webhooks: store.hdpWebhooks,
      log: { info: () => {}, warn: () => {}, error: () => {} },
      post: async ({ headers }) => {
        sent.push(headers['webhook-id'] ?? '');
        return { status: 200, retryAfter: undefined };
      },
      now: () => now,
      random: () => 0,
      pollIntervalMs: 5,
    });
    for (const end = performance.now() + 300; performance.now() < end; now += 60_000) {
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    await sender.stop();
    expect(sent).toEqual([ulid(1)]);
    expect(await outbox.rows()).toMatchObject([{ attempts: 1, due_at: null }]);
  });

  it('accepts the uuid of a task, in any case, and resends its latest webhook', async () => {
    const { cli, outbox } = await prepare();
    await outbox.add(1, { url: 'https://hooks.example/', ...failed });
    await outbox.add(2, { url: 'https://hooks.example/', ...failed });
    const { code, stderr } = await cli.run(['webhooks', 'resend', UUID.toLowerCase()]);
    expect({ code, stderr: stderr.includes(ulid(2)) }).toEqual({ code: 0, stderr: true });
    const [first, latest] = await outbox.rows();
    expect(first?.due_at).toBeNull();
    expect(isNow(latest?.due_at)).toBe(true);
  });

  it.each(['01JPJ03YJT0000000000000009', 'x', '%'])('reports that there is no webhook %s', async (id) => {
    const { cli, outbox } = await prepare();
    const before = await outbox.add(1, { url: 'https://hooks.example/', ...failed });
    expect(await cli.run(['webhooks', 'resend', id])).toEqual({
      code: 1,
      stdout: '',
      stderr: `taskgate: There is no webhook with the id ${id}, and no task with that uuid has one.\n`,
    });
    expect(await outbox.rows()).toMatchObject([before]);
  });
});

describe('taskgate webhooks list', () => {
  it('prints state, attempts, last error and host of each webhook, and no other part of its URL', async () => {
    const { cli, outbox } = await prepare();
    await outbox.add(1, { url: 'https://hooks.example:8443/secret?key=1', ...failed });
    await outbox.add(2, { url: 'https://hooks.example/secret', ...delivered });
    await outbox.add(3, { url: 'https://other.example/secret', created_at: NOW, due_at: NOW });
    const { code, stdout } = await cli.run(['webhooks', 'list']);
    expect(code).toBe(0);
    expect(stdout).not.toContain('secret');
    expect(parseNdjson(stdout)).toMatchObject([
      {
        id: ulid(1),
        task: UUID,
        host: 'hooks.example:8443',
        state: 'failed',
        attempts: 32,
        due: null,
        delivered: null,
        error: 'the answer was 500',
      },
      { id: ulid(2), state: 'delivered', delivered: new Date(NOW - 1000).toISOString(), error: null },
      { id: ulid(3), host: 'other.example', state: 'pending', due: new Date(NOW).toISOString() },
    ]);
  });

  it('prints all webhooks, or those in one state', async () => {
    const { cli, outbox } = await prepare();
    for (let n = 0; n < 250; n += 1)
      await outbox.add(n, { url: 'https://a.example/', ...(n % 5 === 0 ? failed : {}) });
    expect(parseNdjson((await cli.run(['webhooks', 'list'])).stdout)).toHaveLength(250);
    expect(parseNdjson((await cli.run(['webhooks', 'list', '--state', 'failed'])).stdout)).toHaveLength(50);
    expect((await cli.run(['webhooks', 'list', '--state', 'delivered'])).stdout).toBe('');
    expect((await cli.run(['webhooks', 'list', '--state', 'x'])).code).toBe(1);
  });
});

describe('the table of webhooks', () => {
  it.each(['UPDATE hdp_webhooks SET due_at = 0', 'UPDATE hdp_webhooks SET due_at = 0, delivered_at = 1'])(
    'refuses a webhook that is both due and delivered: %s',
    async (statement) => {
      const { outbox } = await prepare();
      await outbox.add(1, { url: 'https://a.example/', ...delivered });
      await expect(outbox.exec(statement)).rejects.toThrow('hdp_webhooks_due_or_delivered');
    },
  );

  it('migrates a webhook that was both due and delivered to delivered, and does not change others', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'taskgate-'));
    onTestFinished(() => rmSync(folder, { recursive: true }));
    const file = join(folder, 'former.db');
    createOldDatabase(11, file);
    const db = new Database(file);
    db.exec(`
      INSERT INTO hdp_tasks (id, uuid, status, destination_chain_id, contract_class_hash, created_at, updated_at)
        VALUES (1, '${ulid(1)}', 'DryRunFailed', '1', '0x', 0, 0);
      INSERT INTO hdp_webhooks (id, task, url, body, created_at, attempts, due_at, delivered_at) VALUES
        ('both', 1, 'https://a.example/', '{}', 0, 1, 0, 9),
        ('due', 1, 'https://a.example/', '{}', 0, 1, 5, NULL),
        ('failed', 1, 'https://a.example/', '{}', 0, 1, NULL, NULL);
    `);
    const store = openStore(file);
    await store.migrate();
    expect(db.prepare('SELECT id, due_at, delivered_at FROM hdp_webhooks ORDER BY id').raw().all()).toEqual([
      ['both', null, 9],
      ['due', 5, null],
      ['failed', null, null],
    ]);
    db.close();
    await store.close();
  });
});
