import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openStore, type Store } from '../../../src/db/open.ts';
import { addHdpTasks, asChain } from '../../support/gateway.ts';
import { anHdpTask, ulid } from '../../support/tasks.ts';

let folder: string;
let file: string;
let reader: Store;
beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'taskgate-'));
  file = join(folder, 'tasks.db');
  reader = openStore(file);
  await reader.migrate();
});
afterEach(async () => {
  await reader.close();
  rmSync(folder, { recursive: true });
});

/** Changes the file through a separate connection. */
async function write(change: (store: Store) => Promise<unknown>): Promise<void> {
  const store = openStore(file);
  await change(store);
  await store.close();
}
const addProgram = (n: number, name: string) =>
  write((store) => addHdpTasks(store, anHdpTask({ uuid: ulid(n), programName: name })));

/** Replaces the content of the file with an earlier copy, page by page, like `.restore` of the sqlite3 shell. */
async function restore(copy: string): Promise<void> {
  const source = new Database(copy);
  await source.backup(file);
  source.close();
}

describe('the version of a scope', () => {
  it('is never reused for other data, also after an earlier copy was restored', async () => {
    await addProgram(1, 'first');
    const copy = join(folder, 'copy.db');
    const shell = new Database(file);
    shell.exec(`VACUUM INTO '${copy}'`);
    shell.close();
    const seen = new Map<number, string>();
    const observe = async () => {
      const version = reader.scopeVersion(['hdp']);
      const { rows } = await reader.hdpTasks.list('', { limit: 10, offset: 0 });
      const data = rows.map(({ programName }) => programName).join();
      expect(seen.get(version) ?? data).toBe(data);
      seen.set(version, data);
    };
    await observe();
    for (let round = 0; round < 3; round += 1) {
      for (let n = 2; n < 5; n += 1) {
        await addProgram(n, `round ${round}, ${n}`);
        await observe();
      }
      const before = reader.dataVersion();
      await restore(copy);
      expect(reader.dataVersion()).not.toBe(before);
      await observe();
    }
    expect(seen.size).toBe(10);
  });

  it('changes after a repair and after a migration', async () => {
    await write((store) => asChain(store, 1764));
    const scopes = ['hdp', 'services 1764', 'access'] as const;
    const before = scopes.map((scope) => reader.scopeVersion([scope]));
    await write((store) => store.repair());
    const after = scopes.map((scope) => reader.scopeVersion([scope]));
    expect(after.filter((version, index) => version === before[index])).toEqual([]);
    const shell = new Database(file);
    shell.exec("UPDATE derived_state SET value = 0 WHERE part = 'lists'");
    shell.close();
    await write((store) => store.migrate());
    expect(reader.scopeVersion(['hdp'])).not.toBe(after[0]);
  });

  it('is exact as a sum of any numbers', async () => {
    for (let n = 1; n < 20; n += 1) {
      await addProgram(n, 'any');
      expect(Number.isSafeInteger(reader.scopeVersion(['hdp', 'services 1764', 'access']))).toBe(true);
    }
  });
});

describe('a search', () => {
  it('finds the programs of a restored file that have the ids of earlier programs', async () => {
    await addProgram(1, 'first');
    const copy = join(folder, 'copy.db');
    const shell = new Database(file);
    shell.exec(`VACUUM INTO '${copy}'`);
    shell.close();
    await addProgram(2, 'lost');
    const find = async (term: string) => (await reader.hdpTasks.list(term, { limit: 10, offset: 0 })).total;
    expect([await find('lost'), await find('first')]).toEqual([1, 1]);
    await restore(copy);
    await addProgram(2, 'found');
    expect([await find('lost'), await find('found'), await find('first')]).toEqual([0, 1, 1]);
  });
});
