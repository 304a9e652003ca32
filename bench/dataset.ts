/**
 * The data set: databases under bench/data/<rows>/. They are rebuilt if the generator or the product's migrations change.
 * The product's own `import` fills its database, so that all derived data exists.
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
import { CLI_PATH, compiledScript, DATA_DIR, MIGRATIONS_DIR } from './paths.ts';
import { run } from './processes.ts';
import {
  addApiKey,
  addToken,
  createIndexes,
  createInserter,
  createTables,
  openDatabase,
} from './reference-tables.ts';
import { toHdpRow, toServicesRow } from './tasks.ts';

export interface Dataset {
  /** Tasks of each kind. */
  rows: number;
  /** The product's database. */
  taskgate: string;
  /** The same tasks in plain tables. */
  plain: string;
  /** Valid in both databases. */
  credentials: Credentials;
}

const GENERATOR_FILES = ['generate.js', 'hdp-programs.js', 'random.js', 'tasks.js'].map(compiledScript);
const ROWS_PER_COMMIT = 100_000;

/** Opens the data set and builds its databases if needed. @param log receives progress messages */
export async function openDataset(rows: number, log: (text: string) => void): Promise<Dataset> {
  const directory = join(DATA_DIR, String(rows));
  mkdirSync(directory, { recursive: true });
  const taskgate = join(directory, 'taskgate.db');
  const plain = join(directory, 'plain.db');
  const sources = [...GENERATOR_FILES, ...filesIn(MIGRATIONS_DIR), compiledScript('credentials.js')];
  const savedCredentials = await reuseOrBuild(taskgate, sources, () => {
    log(`importing ${rows} tasks of each kind with taskgate`);
    return buildTaskgateDatabase(taskgate, rows);
  });
  const credentials: Credentials = JSON.parse(savedCredentials);
  await reuseOrBuild(plain, [...GENERATOR_FILES, compiledScript('reference-tables.js')], async () => {
    log(`inserting ${rows} tasks of each kind into plain tables`);
    buildPlainDatabase(plain, rows);
    return '';
  });
  const db = openDatabase(plain);
  addToken(db, credentials.token, CHAIN);
  addApiKey(db, credentials.clientKey);
  db.close();
  return { rows, taskgate, plain, credentials };
}

/** Returns the path of the bare tables (see bare-tables.ts) with the tasks of a data set. Builds them if needed. */
export async function bareDatabase(
  { rows, taskgate }: Dataset,
  log: (text: string) => void,
): Promise<string> {
  const bare = join(DATA_DIR, String(rows), 'bare.db');
  await reuseOrBuild(bare, [`${taskgate}.stamp`, compiledScript('bare-tables.js')], async () => {
    log(`copying ${rows} tasks of each kind into tables without derived data`);
    createBareTables(taskgate, bare);
    return '';
  });
  return bare;
}

/** Returns the sizes of both databases in bytes. */
export const sizesOf = ({ taskgate, plain }: Dataset) => ({
  taskgate: statSync(taskgate).size,
  plain: statSync(plain).size,
});

/** Yields tasks as NDJSON in chunks of about 64 kB. */
export function* ndjson(tasks: Iterable<object>): Generator<string> {
  let chunk = '';
  for (const task of tasks) {
    chunk += `${JSON.stringify(task)}\n`;
    if (chunk.length < 65_536) continue;
    yield chunk;
    chunk = '';
  }
  if (chunk !== '') yield chunk;
}

/** Removes a database with its WAL files and its stamp. */
export function removeDatabase(path: string): void {
  for (const suffix of ['', '-wal', '-shm', '.stamp']) rmSync(path + suffix, { force: true });
}

/** Copies a database file. */
export function copyDatabase(from: string, to: string): void {
  const db = openDatabase(from);
  // Moves the write-ahead log into the file that is copied.
  db.pragma('wal_checkpoint(TRUNCATE)');
  db.close();
  copyFileSync(from, to);
}

/**
 * Builds a database, unless its source files have not changed since the last build.
 * @returns the text that `build` returned for this database
 */
async function reuseOrBuild(
  path: string,
  sources: readonly string[],
  build: () => Promise<string>,
): Promise<string> {
  const hash = createHash('sha256');
  for (const source of sources) hash.update(readFileSync(source));
  const key = hash.digest('hex');
  const stamp = `${path}.stamp`;
  const [builtFrom, note = ''] = existsSync(stamp) ? readFileSync(stamp, 'utf8').split('\n') : [];
  if (builtFrom === key && existsSync(path)) return note;
  removeDatabase(path);
  const newNote = await build();
  // The stamp is written last: a database without a stamp is incomplete.
  writeFileSync(stamp, `${key}\n${newNote}`);
  return newNote;
}

function filesIn(folder: string): string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .sort();
}

async function buildTaskgateDatabase(path: string, rows: number): Promise<string> {
  const taskgate = (args: string[], input?: Readable) =>
    run(process.execPath, [CLI_PATH, ...args], { env: { DATABASE_URL: path }, ...(input && { input }) });
  await taskgate(['migrate']);
  await taskgate(['import', 'hdp', '-'], Readable.from(ndjson(generateHdpTasks(rows))));
  await taskgate(['import', 'services', '-'], Readable.from(ndjson(generateServicesTasks(rows))));
  return JSON.stringify(await createCredentials(path));
}

function buildPlainDatabase(path: string, rows: number): void {
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
