import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import Database from 'better-sqlite3';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import {
  createWriteQueue,
  type WriteQueue,
  type WriteQueueOptions,
} from '../../../src/db/sqlite/write-queue.ts';

const SCHEMA = `
  PRAGMA journal_mode = WAL;
  PRAGMA foreign_keys = ON;
  CREATE TABLE names (id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE);
  CREATE TABLE children (parent INTEGER NOT NULL REFERENCES names (id) DEFERRABLE INITIALLY DEFERRED);
`;

let folder: string;
let file: string;
let sqlite: Database.Database;
let reader: Database.Database;
let queue: WriteQueue;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'taskgate-'));
  file = join(folder, 'a.db');
  sqlite = new Database(file);
  sqlite.exec(SCHEMA);
  reader = new Database(file);
  queue = open();
});
afterEach(() => {
  sqlite.close();
  reader.close();
  rmSync(folder, { recursive: true });
});

const open = (options: Partial<WriteQueueOptions> = {}) =>
  createWriteQueue(sqlite, { beforeCommit: () => {}, maxGroupMs: Number.POSITIVE_INFINITY, ...options });

const insert = (name: string) =>
  queue.write(({ changes }) => {
    sqlite.prepare('INSERT INTO names (name) VALUES (?)').run(name);
    changes.addScope('hdp');
    return name;
  });

/** Inserts a row, and then fails. */
const insertAndFail = (name: string) =>
  queue.write(({ changes }) => {
    sqlite.prepare('INSERT INTO names (name) VALUES (?)').run(name);
    changes.addScope('services 1');
    throw new Error(`${name} is refused`);
  });

const numbered = (count: number) => Array.from({ length: count }, (_, n) => `name ${n}`);

/** Returns the names in the order of their writes, as another connection reads them. */
const names = () => reader.prepare<[], string>('SELECT name FROM names ORDER BY id').pluck().all();

/** Counts the commits in the write-ahead log. The last frame of a commit has the database size in its header. */
function commitsInLog(): number {
  const log = readFileSync(`${file}-wal`);
  const frameSize = 24 + log.readUInt32BE(8);
  let commits = 0;
  for (let at = 32; at + frameSize <= log.length; at += frameSize) {
    if (log.readUInt32BE(at + 4) > 0) commits += 1;
  }
  return commits;
}

/** Returns the result of each write: its value, or the message of its error. */
async function outcomes(writes: readonly Promise<unknown>[]): Promise<unknown[]> {
  const settled = await Promise.allSettled(writes);
  return settled.map((one) => (one.status === 'fulfilled' ? one.value : String(one.reason)));
}

describe('writes of one event loop iteration', () => {
  it('share one commit and run in order', async () => {
    const before = commitsInLog();
    const settled: string[] = [];
    await Promise.all(numbered(50).map((name) => insert(name).then((done) => settled.push(done))));
    expect(commitsInLog() - before).toBe(1);
    expect(queue.commits()).toBe(1);
    expect(names()).toEqual(numbered(50));
    expect(settled).toEqual(numbered(50));
  });

  it.each([
    ['many', 1000, {}, 8],
    ['slow', 100, { maxGroupMs: -1 }, 100],
  ])(
    'share a commit with fewer others if they are %s, and are done in their order',
    async (_, count, options, expected) => {
      queue = open(options);
      const all = numbered(count);
      const before = commitsInLog();
      const settled: string[] = [];
      await Promise.all(all.map((name) => insert(name).then((done) => settled.push(done))));
      expect(commitsInLog() - before).toBe(expected);
      expect(queue.commits()).toBe(expected);
      expect(names()).toEqual(all);
      expect(settled).toEqual(all);
    },
  );

  it('resolve when another connection can read them', async () => {
    const seen = numbered(20).map(async (name) => {
      await insert(name);
      return names().includes(name);
    });
    expect(await Promise.all(seen)).toEqual(numbered(20).map(() => true));
  });

  it('succeed if another write fails and is rolled back', async () => {
    const scopes: string[] = [];
    queue = open({ beforeCommit: ({ changes }) => scopes.push(...changes.take().scopes) });
    const writes = [
      insert('a'),
      insertAndFail('b'),
      insert('c'),
      insert('a'),
      insertAndFail('d'),
      insert('e'),
    ];
    expect(await outcomes(writes)).toEqual([
      'a',
      'Error: b is refused',
      'c',
      'SqliteError: UNIQUE constraint failed: names.name',
      'Error: d is refused',
      'e',
    ]);
    expect(names()).toEqual(['a', 'c', 'e']);
    expect(scopes).toEqual(['hdp']);
    expect(queue.commits()).toBe(1);
  });

  it('succeed if another write rolls a savepoint back', async () => {
    const nested = () =>
      queue.write((transaction) => {
        sqlite.exec("INSERT INTO names (name) VALUES ('outer')");
        expect(() =>
          transaction.savepoint(() => {
            sqlite.exec("INSERT INTO names (name) VALUES ('inner')");
            throw new Error('inner');
          }),
        ).toThrow('inner');
        return 'outer';
      });
    expect(await outcomes([insert('a'), nested(), insert('b')])).toEqual(['a', 'outer', 'b']);
    expect(names()).toEqual(['a', 'outer', 'b']);
  });

  it('run one by one after one throws in the group, and each settles once', async () => {
    let calls = 0;
    queue = open({
      beforeCommit: ({ changes }) => {
        calls += 1;
        if (changes.take().scopes.has('access')) throw new Error('cannot be derived');
      },
    });
    const addBad = () =>
      queue.write(({ changes }) => {
        sqlite.exec("INSERT INTO names (name) VALUES ('bad')");
        changes.addScope('access');
      });
    expect(await outcomes([insert('a'), addBad(), insert('b')])).toEqual([
      'a',
      'Error: cannot be derived',
      'b',
    ]);
    expect(names()).toEqual(['a', 'b']);
    expect(calls).toBe(4);
  });
});

it('a write that fails alone does not affect the next write', async () => {
  const scopes: string[] = [];
  queue = open({ beforeCommit: ({ changes }) => scopes.push(...changes.take().scopes) });
  expect(await outcomes([insertAndFail('a')])).toEqual(['Error: a is refused']);
  await insert('b');
  expect(scopes).toEqual(['hdp']);
  expect(names()).toEqual(['b']);
});

describe('a commit that fails', () => {
  const addOrphan = () => queue.write(() => sqlite.exec('INSERT INTO children VALUES (99)'));

  it('because of one write rejects only that write, and the queue continues', async () => {
    expect(await outcomes([insert('a'), addOrphan(), insert('b')])).toEqual([
      'a',
      'SqliteError: FOREIGN KEY constraint failed',
      'b',
    ]);
    expect(await outcomes([addOrphan()])).toEqual(['SqliteError: FOREIGN KEY constraint failed']);
    expect(await insert('c')).toBe('c');
    expect(names()).toEqual(['a', 'b', 'c']);
    expect(reader.prepare('SELECT count(*) FROM children').pluck().get()).toBe(0);
  });

  it('because the disk is full rejects the writes that do not fit, and the queue continues', async () => {
    const pages = Number(sqlite.pragma('page_count', { simple: true }));
    sqlite.pragma(`max_page_count = ${pages + 3}`);
    const large = () => insert('x'.repeat(100_000));
    const full = 'SqliteError: database or disk is full';
    expect(await outcomes([insert('a'), large(), insert('b'), large()])).toEqual(['a', full, 'b', full]);
    expect(await outcomes([large()])).toEqual([full]);
    sqlite.pragma(`max_page_count = ${pages + 1000}`);
    expect(await outcomes([large(), insert('c')])).toEqual(['x'.repeat(100_000), 'c']);
    expect(names().map((name) => name[0])).toEqual(['a', 'b', 'x', 'c']);
  });
});

describe('a database that another connection has locked', () => {
  it('makes writes wait without stopping this process', async () => {
    reader.exec('BEGIN IMMEDIATE');
    let isSettled = false;
    const writing = Promise.all([insert('a'), insert('b')]).finally(() => {
      isSettled = true;
    });
    // If the wait stopped the event loop, this timer could not end the lock.
    await setTimeout(100);
    expect(isSettled).toBe(false);
    reader.exec('COMMIT');
    expect(await writing).toEqual(['a', 'b']);
  });

  it('fails writes after the limit, but not later ones', async () => {
    queue = open({ busyTimeoutMs: 50 });
    reader.exec('BEGIN IMMEDIATE');
    const locked = 'SqliteError: database is locked';
    expect(await outcomes([insert('a'), insert('b')])).toEqual([locked, locked]);
    const later = insert('c');
    reader.exec('COMMIT');
    expect(await later).toBe('c');
    expect(names()).toEqual(['c']);
  });

  it('keeps the order of writes that arrive while others wait', async () => {
    reader.exec('BEGIN IMMEDIATE');
    const writes = [insert('a')];
    await setTimeout(10);
    writes.push(insert('b'), insert('c'));
    await setTimeout(10);
    writes.push(insert('d'));
    reader.exec('COMMIT');
    await Promise.all(writes);
    expect(names()).toEqual(['a', 'b', 'c', 'd']);
  });

  it('fails a write that may not wait, without affecting waiting writes', async () => {
    reader.exec('BEGIN IMMEDIATE');
    const waiting = insert('a');
    expect(() => queue.writeNow(() => sqlite.exec("INSERT INTO names (name) VALUES ('b')"), 0)).toThrow(
      'database is locked',
    );
    reader.exec('COMMIT');
    await waiting;
    expect(names()).toEqual(['a']);
  });
});

it('a write on a closed connection is rejected', async () => {
  const writing = insert('a');
  sqlite.close();
  expect(await outcomes([writing])).toEqual(['TypeError: The database connection is not open']);
});
