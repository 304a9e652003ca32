import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openStore, type Store } from '../../../src/db/open.ts';

let folder: string;
let file: string;
let store: Store;
let other: Database.Database;

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'taskgate-'));
  file = join(folder, 'a.db');
  store = openStore(file, { synchronousCommit: false });
  await store.migrate();
  other = new Database(file);
  other.pragma('wal_autocheckpoint = 0');
  other.exec('CREATE TABLE pages (bytes BLOB)');
  while (await store.checkpoint());
});

afterEach(async () => {
  other.close();
  await store.close();
  rmSync(folder, { recursive: true });
});

/** Commits one row of about one page each time. */
function commitPages(pages: number): void {
  const insertion = other.prepare('INSERT INTO pages VALUES (randomblob(4000))');
  other.transaction(() => {
    for (let page = 0; page < pages; page += 1) insertion.run();
  })();
}

const logState = () =>
  other.prepare<[], { log: number; checkpointed: number }>('PRAGMA wal_checkpoint(NOOP)').get();

describe('a checkpoint', () => {
  it('moves the pages of a long log into the file', async () => {
    commitPages(1500);
    expect(await store.checkpoint()).toBe(true);
    const state = logState();
    expect(state?.log).toBeGreaterThan(1000);
    expect(state?.checkpointed).toBe(state?.log);
    expect(await store.checkpoint()).toBe(false);
  });

  it('leaves a short log alone', async () => {
    commitPages(100);
    expect(await store.checkpoint()).toBe(false);
  });

  it('waits for no writer, and no writer for it', async () => {
    commitPages(1500);
    other.exec('BEGIN IMMEDIATE; INSERT INTO pages VALUES (1)');
    expect(await store.checkpoint()).toBe(true);
    other.exec('COMMIT');
    expect(other.prepare('SELECT count(*) FROM pages').pluck().get()).toBe(1501);
  });
});
