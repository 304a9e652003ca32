import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import { openStore, type Store } from '../../src/db/open.ts';
import type { DueWebhook, WebhookAttempt } from '../../src/db/queries/hdp-webhooks.ts';
import { isPostgresUrl } from '../../src/lib/postgres-url.ts';
import { createClock } from './clock.ts';
import { addHdpTasks } from './gateway.ts';
import { openRawConnection } from './raw-connection.ts';
import { createTestDatabase } from './stores.ts';
import { anHdpTask, ulid } from './tasks.ts';

export const DAY_MS = 24 * 3_600_000;

/** A row of the outbox. */
export interface OutboxRow {
  id: string;
  url: string;
  body: string;
  key_id: string | null;
  created_at: number;
  attempts: number;
  due_at: number | null;
  delivered_at: number | null;
  last_error: string | null;
}

const COLUMNS = [
  'id',
  'url',
  'body',
  'key_id',
  'created_at',
  'attempts',
  'due_at',
  'delivered_at',
  'last_error',
] as const;

/** Returns a value in SQL. */
function literal(value: string | number | null): string {
  if (value === null) return 'NULL';
  return typeof value === 'number' ? String(value) : `'${value.replaceAll("'", "''")}'`;
}

/** Opens the outbox of a database through a separate connection. */
export async function openOutbox(databaseUrl: string) {
  const connection = await openRawConnection(databaseUrl);
  return {
    async add(n: number, changes: Partial<OutboxRow> & { url: string }): Promise<OutboxRow> {
      const row: OutboxRow = {
        id: ulid(n),
        body: JSON.stringify({ task_id: ulid(n) }),
        key_id: null,
        created_at: 0,
        attempts: 0,
        due_at: 0,
        delivered_at: null,
        last_error: null,
        ...changes,
      };
      const values = COLUMNS.map((column) => literal(row[column])).join(', ');
      await connection.exec(
        `INSERT INTO hdp_webhooks (task, ${COLUMNS.join(', ')}) SELECT id, ${values} FROM hdp_tasks LIMIT 1`,
      );
      return row;
    },
    addKey: (id: string, keyHash: Buffer): Promise<void> => {
      const hash = isPostgresUrl(databaseUrl)
        ? `'\\x${keyHash.toString('hex')}'`
        : `x'${keyHash.toString('hex')}'`;
      return connection.exec(`INSERT INTO api_keys VALUES ('${id}', ${hash}, 'client', '', 0, NULL)`);
    },
    /** Makes all unfinished webhooks due, as if their leases had expired. */
    endLeases: () => connection.exec('UPDATE hdp_webhooks SET due_at = 0 WHERE due_at IS NOT NULL'),
    exec: (statement: string) => connection.exec(statement),
    rows: () => connection.rows<OutboxRow>(`SELECT ${COLUMNS.join(', ')} FROM hdp_webhooks ORDER BY id`),
    close: () => connection.close(),
  };
}

export type OutboxFile = Awaited<ReturnType<typeof openOutbox>>;

/** Claims webhooks concurrently. @returns the attempts of the claims that succeeded */
export async function claimAll(
  { hdpWebhooks }: Store,
  due: readonly DueWebhook[],
  leaseMs: number,
): Promise<WebhookAttempt[]> {
  const claimed = await Promise.all(due.map((webhook) => hdpWebhooks.claim(webhook, leaseMs)));
  return claimed.filter((attempt) => attempt !== undefined);
}

/** Creates a database with one ended task, and opens its outbox and `stores` stores, whose clock the test controls. */
export async function createOutboxFile(stores = 1) {
  const directory = mkdtempSync(join(tmpdir(), 'taskgate-'));
  const path = await createTestDatabase(join(directory, 'taskgate.db'));
  const clock = createClock();
  const opened = Array.from({ length: stores }, () => openStore(path, { leaseClock: clock.read }));
  for (const store of opened) await store.migrate();
  const [first] = opened;
  if (first) await addHdpTasks(first, anHdpTask({ status: 'DryRunFailed' }));
  const outbox = await openOutbox(path);
  onTestFinished(async () => {
    await outbox.close();
    for (const store of opened) await store.close();
    rmSync(directory, { recursive: true });
  });
  return { outbox, path, stores: opened, clock };
}
