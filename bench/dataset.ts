/**
 * The databases, kept under bench/data/<rows>/ and created again when the generator or the migrations of the product have changed.
 * The product's is filled through its own `import`, so that its derived data is there.
 */
import { createHash } from 'node:crypto';
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { createBareTables } from './bare-tables.ts';
import { type Credentials, createCredentials } from './credentials.ts';
import { CHAIN, generateHdpTasks, generateServicesTasks } from './generate.ts';
import { CLI, DATA, MIGRATIONS, script } from './paths.ts';
import { run } from './processes.ts';
import {
  addApiKey,
  addToken,
  createIndexes,
  createTables,
  inserter,
  openDatabase,
} from './reference-tables.ts';
import { hdpRow, servicesRow } from './tasks.ts';

export interface Dataset {
  /** Tasks of each kind. */
  rows: number;
  /** The product's database. */
  taskgate: string;
  /** The same tasks in plain tables. */
  plain: string;
  /** Known to both. */
  credentials: Credentials;
}

const GENERATOR = ['generate.js', 'programs.js', 'random.js', 'tasks.js'].map(script);
const COMMIT_EVERY = 100_000;

/** @param say told what takes long */
export async function openDataset(rows: number, progress: (text: string) => void): Promise<Dataset> {
  const directory = join(DATA, String(rows));
  mkdirSync(directory, { recursive: true });
  const taskgate = join(directory, 'taskgate.db');
  const plain = join(directory, 'plain.db');
  const sources = [...GENERATOR, ...filesIn(MIGRATIONS), script('credentials.js')];
  const note = await kept(taskgate, sources, () => {
    progress(`importing ${rows} tasks of each kind with taskgate`);
    return makeTaskgate(taskgate, rows);
  });
  const credentials: Credentials = JSON.parse(note);
  await kept(plain, [...GENERATOR, script('reference-tables.js')], async () => {
    progress(`inserting ${rows} tasks of each kind into plain tables`);
    makePlain(plain, rows);
    return '';
  });
  const db = openDatabase(plain);
  addToken(db, credentials.token, CHAIN);
  addApiKey(db, credentials.clientKey);
  db.close();
  return { rows, taskgate, plain, credentials };
}

/** The bare tables (see bare-tables.ts) with the tasks of a data set; made when a workload needs them. */
export async function bareDatabase(
  { rows, taskgate }: Dataset,
  progress: (text: string) => void,
): Promise<string> {
  const bare = join(DATA, String(rows), 'bare.db');
  await kept(bare, [`${taskgate}.stamp`, script('bare-tables.js')], async () => {
    progress(`copying ${rows} tasks of each kind into tables without derived data`);
    createBareTables(taskgate, bare);
    return '';
  });
  return bare;
}

/** The sizes of both databases, in bytes. */
export const sizesOf = ({ taskgate, plain }: Dataset) => ({
  taskgate: statSync(taskgate).size,
  plain: statSync(plain).size,
});

/** NDJSON in pieces of about 64 kB. */
export function* ndjson(tasks: Iterable<object>): Generator<string> {
  let piece = '';
  for (const task of tasks) {
    piece += `${JSON.stringify(task)}\n`;
    if (piece.length < 65_536) continue;
    yield piece;
    piece = '';
  }
  if (piece !== '') yield piece;
}

export function removeDatabase(path: string): void {
  for (const end of ['', '-wal', '-shm', '.stamp']) rmSync(path + end, { force: true });
}

export function copyDatabase(from: string, to: string): void {
  const db = openDatabase(from);
  // What is still in the write-ahead log belongs to it.
  db.pragma('wal_checkpoint(TRUNCATE)');
  db.close();
  copyFileSync(from, to);
}

/** Makes a database unless the files that decide what is in it are the same as when it was made. */
async function kept(path: string, sources: readonly string[], make: () => Promise<string>): Promise<string> {
  const hash = createHash('sha256');
  for (const source of sources) hash.update(readFileSync(source));
  const key = hash.digest('hex');
  const stamp = `${path}.stamp`;
  const [madeFrom, note = ''] = existsSync(stamp) ? readFileSync(stamp, 'utf8').split('\n') : [];
  if (madeFrom === key && existsSync(path)) return note;
  removeDatabase(path);
  const newNote = await make();
  // Last: a database without a stamp is one whose making was interrupted.
  writeFileSync(stamp, `${key}\n${newNote}`);
  return newNote;
}

function filesIn(folder: string): string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .sort();
}

async function makeTaskgate(path: string, rows: number): Promise<string> {
  const taskgate = (args: string[], input?: Readable) =>
    run(process.execPath, [CLI, ...args], { env: { DATABASE_URL: path }, ...(input && { input }) });
  await taskgate(['migrate']);
  await taskgate(['import', 'hdp', '-'], Readable.from(ndjson(generateHdpTasks(rows))));
  await taskgate(['import', 'services', '-'], Readable.from(ndjson(generateServicesTasks(rows))));
  return JSON.stringify(await createCredentials(path));
}

function makePlain(path: string, rows: number): void {
  const db = openDatabase(path);
  createTables(db);
  insertAll(db, inserter(db, 'hdp_tasks'), generateHdpTasks(rows), hdpRow);
  insertAll(db, inserter(db, 'services_tasks'), generateServicesTasks(rows), servicesRow);
  createIndexes(db);
  db.close();
}

function insertAll<Task, Row>(
  db: ReturnType<typeof openDatabase>,
  insert: (row: Row) => void,
  tasks: Iterable<Task>,
  rowOf: (task: Task) => Row,
): void {
  let done = 0;
  db.exec('BEGIN');
  for (const task of tasks) {
    insert(rowOf(task));
    done += 1;
    if (done % COMMIT_EVERY === 0) db.exec('COMMIT; BEGIN');
  }
  db.exec('COMMIT');
}
