/** The SQLite files of a run: the data set under bench/data/<rows>/, and temporary ones. */
import { randomUUID } from 'node:crypto';
import { copyFileSync, existsSync, mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import type { Credentials } from '../credentials.ts';
import type { DatabaseHost } from '../database.ts';
import { bareKey, fillProduct, type KeptDatabase, plainKey, productKey, reuseOrBuild } from '../dataset.ts';
import { CHAIN, generateHdpTasks, generateServicesTasks } from '../generate.ts';
import { compiledScript, DATA_DIR, MIGRATIONS_DIRS } from '../paths.ts';
import { toHdpRow, toServicesRow } from '../tasks.ts';
import { createBareTables } from './bare-tables.ts';
import {
  addApiKey,
  addToken,
  createIndexes,
  createInserter,
  createTables,
  openDatabase,
} from './reference-tables.ts';

const ROWS_PER_COMMIT = 100_000;

/** @param scratch the folder of temporary databases */
export function createSqliteHost(scratch: string): DatabaseHost {
  const newPath = () => join(scratch, `${randomUUID()}.db`);
  return {
    name: 'sqlite',
    peerScript: compiledScript('servers/fastify-sqlite.js'),
    importScript: compiledScript('sqlite/bare-import.js'),
    importNote:
      'The bare import uses JSON.parse and better-sqlite3 with the plain tables and their indexes, in one transaction.',
    async facts() {
      const db = new Database(':memory:');
      const version = db.prepare<[], string>('SELECT sqlite_version()').pluck().get() ?? '';
      db.close();
      return { version: `SQLite ${version}`, settings: 'journal_mode = WAL, synchronous = FULL' };
    },
    async openDataset(rows, log) {
      const directory = join(DATA_DIR, String(rows));
      mkdirSync(directory, { recursive: true });
      const taskgate = join(directory, 'taskgate.db');
      const plain = join(directory, 'plain.db');
      const saved = await reuseOrBuild(keptFile(taskgate), productKey(MIGRATIONS_DIRS.sqlite), async () => {
        log(`importing ${rows} tasks of each kind with taskgate`);
        return JSON.stringify(await fillProduct(taskgate, rows));
      });
      const credentials: Credentials = JSON.parse(saved);
      await reuseOrBuild(keptFile(plain), plainKey('sqlite/reference-tables.js'), async () => {
        log(`inserting ${rows} tasks of each kind into plain tables`);
        fillPlain(plain, rows);
        return '';
      });
      const db = openDatabase(plain);
      addToken(db, credentials.token, CHAIN);
      addApiKey(db, credentials.clientKey);
      db.close();
      return { rows, taskgate, plain, credentials };
    },
    async openBareTables({ rows, taskgate }, log) {
      const bare = join(DATA_DIR, String(rows), 'bare.db');
      const key = bareKey(readFileSync(`${taskgate}.stamp`, 'utf8'), 'sqlite/bare-tables.js');
      await reuseOrBuild(keptFile(bare), key, async () => {
        log(`copying ${rows} tasks of each kind into tables without derived data`);
        createBareTables(taskgate, bare);
        return '';
      });
      return bare;
    },
    createEmpty: async () => newPath(),
    async createImportTables() {
      const path = newPath();
      const db = openDatabase(path);
      createTables(db);
      createIndexes(db);
      db.close();
      return path;
    },
    async copy(from) {
      const to = newPath();
      const db = openDatabase(from);
      // Moves the write-ahead log into the file that is copied.
      db.pragma('wal_checkpoint(TRUNCATE)');
      db.close();
      copyFileSync(from, to);
      return to;
    },
    remove: async (path) => removeFiles(path),
    sizeOf: async (path) => statSync(path).size,
    stop: async () => {},
  };
}

/** A file, with its stamp in a file next to it. */
function keptFile(path: string): KeptDatabase {
  const stamp = `${path}.stamp`;
  return {
    readStamp: async () => (existsSync(stamp) && existsSync(path) ? readFileSync(stamp, 'utf8') : undefined),
    reset: async () => removeFiles(path),
    writeStamp: async (text) => writeFileSync(stamp, text),
  };
}

/** Removes a database with its WAL files and its stamp. */
function removeFiles(path: string): void {
  for (const suffix of ['', '-wal', '-shm', '.stamp']) rmSync(path + suffix, { force: true });
}

function fillPlain(path: string, rows: number): void {
  const db = openDatabase(path);
  createTables(db);
  insertAll(db, createInserter(db, 'hdp_tasks'), generateHdpTasks(rows), toHdpRow);
  insertAll(db, createInserter(db, 'services_tasks'), generateServicesTasks(rows), toServicesRow);
  createIndexes(db);
  db.close();
}

function insertAll<Task, Row>(
  db: ReturnType<typeof openDatabase>,
  insert: (row: Row) => void,
  tasks: Iterable<Task>,
  toRow: (task: Task) => Row,
): void {
  let inserted = 0;
  db.exec('BEGIN');
  for (const task of tasks) {
    insert(toRow(task));
    inserted += 1;
    if (inserted % ROWS_PER_COMMIT === 0) db.exec('COMMIT; BEGIN');
  }
  db.exec('COMMIT');
}
