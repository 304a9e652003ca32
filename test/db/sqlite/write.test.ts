import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import Database from 'better-sqlite3';
import { expect, it, onTestFinished } from 'vitest';
import { openStore } from '../../../src/db/open.ts';

const KEY = { id: 'a', keyHash: Buffer.alloc(32), role: 'client', label: '', createdAt: 0 } as const;

it('a write waits for another writer without stopping this process', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'taskgate-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const path = join(folder, 'a.db');
  const store = openStore(path);
  await store.migrate();
  const other = new Database(path);
  other.exec('BEGIN IMMEDIATE');
  const writing = store.hdpTasks.isEmpty().then(() => store.apiKeys.add(KEY));
  // If the write stopped the event loop, this timer could not end the lock, and the write would fail.
  await setTimeout(100);
  other.exec('COMMIT');
  expect(await writing).toBe(true);
  other.close();
  await store.close();
});
