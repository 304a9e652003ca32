import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { onTestFinished } from 'vitest';
import { openStore, type Store } from '../../src/db/open.ts';
import type { DueWebhook, WebhookAttempt } from '../../src/db/queries/hdp-webhooks.ts';
import { addHdpTasks } from './gateway.ts';
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

/** Opens the outbox of a database file through a separate connection. */
export function openOutbox(path: string) {
  const sqlite = new Database(path, { timeout: 5000 });
  const task = sqlite.prepare<[], number>('SELECT id FROM hdp_tasks LIMIT 1').pluck();
  const insert = sqlite.prepare(
    `INSERT INTO hdp_webhooks (id, task, url, body, key_id, created_at, attempts, due_at, delivered_at, last_error)
     VALUES (@id, @task, @url, @body, @key_id, @created_at, @attempts, @due_at, @delivered_at, @last_error)`,
  );
  const all = sqlite.prepare<[], OutboxRow>('SELECT * FROM hdp_webhooks ORDER BY id');
  return {
    add(n: number, changes: Partial<OutboxRow> & { url: string }): OutboxRow {
      const row = {
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
      insert.run({ ...row, task: task.get() });
      return row;
    },
    addKey(id: string, keyHash: Buffer): void {
      sqlite.prepare("INSERT INTO api_keys VALUES (?, ?, 'client', '', 0, NULL)").run(id, keyHash);
    },
    /** Makes all unfinished webhooks due, as if their leases had expired. */
    endLeases: () => void sqlite.exec('UPDATE hdp_webhooks SET due_at = 0 WHERE due_at IS NOT NULL'),
    exec: (statement: string) => void sqlite.exec(statement),
    rows: () => all.all(),
    close: () => sqlite.close(),
  };
}

export type OutboxFile = ReturnType<typeof openOutbox>;

/** Claims webhooks concurrently. @returns the attempts of the claims that succeeded */
export async function claimAll(
  { hdpWebhooks }: Store,
  due: readonly DueWebhook[],
  until: number,
): Promise<WebhookAttempt[]> {
  const claimed = await Promise.all(due.map((webhook) => hdpWebhooks.claim(webhook, until)));
  return claimed.filter((attempt) => attempt !== undefined);
}

/** Creates a database file with one ended task, and opens its outbox and `stores` stores. */
export async function createOutboxFile(stores = 1) {
  const directory = mkdtempSync(join(tmpdir(), 'taskgate-'));
  const path = join(directory, 'taskgate.db');
  const opened = Array.from({ length: stores }, () => openStore(path));
  for (const store of opened) await store.migrate();
  const [first] = opened;
  if (first) await addHdpTasks(first, anHdpTask({ status: 'DryRunFailed' }));
  const outbox = openOutbox(path);
  onTestFinished(async () => {
    outbox.close();
    for (const store of opened) await store.close();
    rmSync(directory, { recursive: true });
  });
  return { outbox, path, stores: opened };
}
