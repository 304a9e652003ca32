import { statSync } from 'node:fs';
import Database from 'better-sqlite3';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openStore, type Store } from '../../../src/db/open.ts';
import { type MaintenanceSteps, openMaintenance } from '../../../src/db/sqlite/threads/maintenance-steps.ts';
import { parseServicesTask } from '../../../src/ndjson/task-lines.ts';
import { createMigratedFile } from '../../support/migrated-file.ts';
import { aServicesTask } from '../../support/tasks.ts';

let store: Store;
let maintenance: MaintenanceSteps;
let other: Database.Database;
let remove: () => void;

beforeEach(async () => {
  const migrated = await createMigratedFile();
  remove = migrated.remove;
  store = openStore(migrated.file, { synchronousCommit: false });
  maintenance = openMaintenance(migrated.file);
  other = new Database(migrated.file);
  other.pragma('wal_autocheckpoint = 0');
  other.exec('CREATE TABLE pages (bytes BLOB)');
});

afterEach(async () => {
  other.close();
  maintenance.close();
  await store.close();
  remove();
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
  it('moves the pages of a long log into the file', () => {
    commitPages(1500);
    expect(maintenance.checkpoint()).toBe(true);
    const state = logState();
    expect(state?.log).toBeGreaterThan(1000);
    expect(state?.checkpointed).toBe(state?.log);
    expect(maintenance.checkpoint()).toBe(false);
  });

  it('does not change a short log', () => {
    commitPages(100);
    expect(maintenance.checkpoint()).toBe(false);
  });

  it('does not wait for a writer', () => {
    commitPages(1500);
    other.exec('BEGIN IMMEDIATE; INSERT INTO pages VALUES (1)');
    expect(maintenance.checkpoint()).toBe(true);
    other.exec('COMMIT');
    expect(other.prepare('SELECT count(*) FROM pages').pluck().get()).toBe(1501);
  });

  it('does not wait for a reader, and keeps the pages that the reader needs', () => {
    other.pragma('wal_checkpoint(PASSIVE)');
    const reader = new Database(other.name, { readonly: true });
    reader.exec('BEGIN; SELECT * FROM pages');
    const count = reader.prepare('SELECT count(*) FROM pages').pluck();
    expect(count.get()).toBe(0);
    commitPages(1500);
    expect(maintenance.checkpoint()).toBe(false);
    expect(count.get()).toBe(0);
    reader.close();
    expect(maintenance.checkpoint()).toBe(true);
  });

  it('shrinks the log file after a long read at the next write', async () => {
    const length = () => statSync(`${other.name}-wal`).size;
    commitPages(20_000);
    const grown = length();
    expect(maintenance.checkpoint()).toBe(true);
    await store.servicesTasks.add(parseServicesTask(JSON.stringify(aServicesTask({ id: 1 }))), 'error');
    expect(length()).toBeLessThan(0.7 * grown);
  });
});
