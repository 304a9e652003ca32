/**
 * The data set: the product's database and plain tables with the same tasks. They are kept between runs and rebuilt if the
 * generator or the product's migrations change. The product's own `import` fills its database, so that all derived data
 * exists.
 */
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { type Credentials, createCredentials } from './credentials.ts';
import { generateHdpTasks, generateServicesTasks } from './generate.ts';
import { CLI_PATH, compiledScript } from './paths.ts';
import { run } from './processes.ts';

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

/** Migrates an empty database of the product, imports all tasks and creates credentials. */
export async function fillProduct(url: string, rows: number): Promise<Credentials> {
  const taskgate = (args: string[], input?: Readable) =>
    run(process.execPath, [CLI_PATH, ...args], { env: { DATABASE_URL: url }, ...(input && { input }) });
  await taskgate(['migrate']);
  await taskgate(['import', 'hdp', '-'], Readable.from(ndjson(generateHdpTasks(rows))));
  await taskgate(['import', 'services', '-'], Readable.from(ndjson(generateServicesTasks(rows))));
  return createCredentials(url);
}

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

/** Returns the key of the product's database: it changes with the generator and the migrations. */
export const productKey = (migrations: string): string =>
  hashOf([...GENERATOR_FILES, ...filesIn(migrations), compiledScript('credentials.js')]);

/** Returns the key of plain tables. @param scripts the compiled scripts that create the tables */
export const plainKey = (...scripts: string[]): string =>
  hashOf([...GENERATOR_FILES, ...scripts.map(compiledScript)]);

/** Returns the key of the bare tables. @param source the stamp of the database that they are copied from */
export const bareKey = (source: string, script: string): string => hashOf([compiledScript(script)], source);

/** Returns a hash of the contents of files, and of a text. */
function hashOf(files: readonly string[], text = ''): string {
  const hash = createHash('sha256').update(text);
  for (const file of files) hash.update(readFileSync(file));
  return hash.digest('hex');
}

function filesIn(folder: string): string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .sort();
}

/** A database that is kept between runs. Its stamp states what it was built from. */
export interface KeptDatabase {
  /** Returns the stamp; undefined if the database is missing or incomplete. */
  readStamp(): Promise<string | undefined>;
  /** Removes the database and its stamp, and creates an empty one if that is not part of the build. */
  reset(): Promise<void>;
  writeStamp(stamp: string): Promise<void>;
}

/**
 * Builds a database, unless its key has not changed since the last build.
 * @returns the text that `build` returned for this database
 */
export async function reuseOrBuild(
  database: KeptDatabase,
  key: string,
  build: () => Promise<string>,
): Promise<string> {
  const [builtFrom, note = ''] = (await database.readStamp())?.split('\n') ?? [];
  if (builtFrom === key) return note;
  await database.reset();
  const newNote = await build();
  // The stamp is written last: a database without a stamp is incomplete.
  await database.writeStamp(`${key}\n${newNote}`);
  return newNote;
}
