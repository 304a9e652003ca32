import { type ChildProcessWithoutNullStreams, fork, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync, writeFileSync } from 'node:fs';
import { constants } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { describe, expect, onTestFinished, vi } from 'vitest';
import { openStore } from '../src/db/open.ts';
import { childrenOf, isAlive } from './support/children.ts';
import { createExports } from './support/exports.ts';
import { addServicesTasks } from './support/gateway.ts';
import { it, killIfRunning, logLines, type Sandbox } from './support/process.ts';
import { requestText, sendHalfRequest, sendRequest, withConnection } from './support/raw-http.ts';
import { aServicesTask } from './support/tasks.ts';

// Signals that a terminal, a supervisor or a container sends to the built program.

const CLI = fileURLToPath(new URL('../dist/cli.js', import.meta.url));
const HDP = 'hdp.localhost';

/** Starts a command whose input and output stay open, so that it does not exit alone. */
function startWithOpenPipes(
  sandbox: Sandbox,
  command: string,
  args: readonly string[],
): ChildProcessWithoutNullStreams {
  const env = { PATH: process.env.PATH, DATABASE_URL: sandbox.databaseUrl, PORT: '0' };
  const child = spawn(command, args, { env });
  onTestFinished(() => {
    child.kill('SIGKILL');
  });
  return child;
}

/** Inserts two tasks that are too large for the buffer of a pipe, so that an export waits for its reader. */
async function addLargeTasks(sandbox: Sandbox): Promise<void> {
  const store = openStore(sandbox.databaseUrl);
  await store.migrate();
  const target = { action: 'x', text: 'x'.repeat(500_000) };
  await addServicesTasks(store, aServicesTask({ id: 1, target }), aServicesTask({ id: 2, target }));
  await store.close();
}

const BLOCKED_COMMANDS = [
  { command: 'import services -', args: ['import', 'services', '-'] },
  { command: 'export services', args: ['export', 'services'] },
];

/** Runs a query of several minutes in a thread, like a search in a very large database. */
const LONG_QUERY = `
import { createRequire } from 'node:module';
import { isMainThread, Worker } from 'node:worker_threads';
const Database = createRequire(${JSON.stringify(import.meta.url)})('better-sqlite3');
if (isMainThread) {
  // First, like the product: while a thread that was first runs a query, the main thread cannot load the driver.
  new Database(':memory:').close();
  new Worker(new URL(import.meta.url));
} else {
  const endless = 'WITH RECURSIVE c (x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM c) SELECT count(*) FROM c';
  new Database(':memory:').prepare(endless).get();
}`;

describe('a stop signal', () => {
  it.for(['SIGTERM', 'SIGINT', 'SIGHUP'] as const)(
    '(%s) lets serve answer requests in flight, and serve exits with 0',
    async (signal, { sandbox }) => {
      const server = await sandbox.serve();
      await withConnection(server.port, async (connection) => {
        const sendRest = await sendHalfRequest(connection, server.port, HDP);
        server.kill(signal);
        await server.waitForLog('stopping');
        sendRest();
        expect((await connection.readResponse()).status).toBe(503);
      });
      const { code, stdout } = await server.exited;
      expect(code).toBe(0);
      expect(logLines(stdout).at(-1)).toMatchObject({ msg: 'stopped' });
    },
  );

  it('(SIGHUP) stops work, which exits with 0', async ({ sandbox }) => {
    const worker = sandbox.start(['work']);
    await worker.waitForLog('working');
    worker.kill('SIGHUP');
    expect(await worker.exited).toMatchObject({ code: 0, stderr: '' });
  });

  it('(SIGINT) that is repeated ends serve at once, with exit code 130 and a message', async ({
    sandbox,
  }) => {
    const server = await sandbox.serve();
    await withConnection(server.port, async (connection) => {
      await sendHalfRequest(connection, server.port, HDP);
      server.kill('SIGTERM');
      await server.waitForLog('stopping');
      server.kill('SIGINT');
      expect(await server.exited).toMatchObject({
        code: 130,
        stderr: 'taskgate: Stopped before requests and tasks had finished, because SIGINT was repeated.\n',
      });
    });
  });

  it.skipIf(process.platform !== 'linux')(
    '(SIGINT) that is repeated also ends the process of an action, even a paused one',
    async ({ sandbox }) => {
      const source = await createExports(`CREATE VIEW users AS
        WITH RECURSIVE n (x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n) SELECT 1 AS chain_id FROM n`);
      const store = openStore(sandbox.databaseUrl);
      await store.migrate();
      const target = { action: 'export', export_index: 'users', export_format: 'csv' };
      await addServicesTasks(
        store,
        aServicesTask({ id: 1, target, trigger: { once: '2020-01-01T00:00:00Z' } }),
      );
      await store.close();
      const server = await sandbox.serve([], { EXPORT_SOURCE_URL: source.sourceUrl });
      const children = await vi.waitUntil(
        () => {
          const pids = childrenOf(server.pid);
          return pids.length > 0 && pids;
        },
        { timeout: 10_000 },
      );
      onTestFinished(() => children.forEach(killIfRunning));
      for (const child of children) process.kill(child, 'SIGSTOP');
      server.kill('SIGINT');
      await server.waitForLog('stopping');
      server.kill('SIGINT');
      expect(await server.exited).toMatchObject({ code: 130 });
      await expect.poll(() => children.filter(isAlive)).toEqual([]);
    },
  );

  it('(SIGINT) that is repeated ends serve while a thread is in a long query', async ({ sandbox }) => {
    const hook = join(sandbox.dir, 'hook.mjs');
    writeFileSync(hook, LONG_QUERY);
    const server = sandbox.node(['--import', pathToFileURL(hook).href, CLI, 'serve']);
    const { address } = await server.waitForLog('listening');
    const port = address?.port ?? 0;
    await withConnection(port, async (connection) => {
      await sendHalfRequest(connection, port, HDP);
      server.kill('SIGINT');
      await server.waitForLog('stopping');
      server.kill('SIGINT');
      expect(await server.exited).toMatchObject({ code: null, signal: 'SIGKILL' });
    });
  });

  it('(SIGTERM, SIGHUP) that is repeated does not shorten the stop', async ({ sandbox }) => {
    const server = await sandbox.serve();
    await withConnection(server.port, async (connection) => {
      const sendRest = await sendHalfRequest(connection, server.port, HDP);
      server.kill('SIGINT');
      await server.waitForLog('stopping');
      server.kill('SIGTERM');
      server.kill('SIGHUP');
      await new Promise((resolve) => setTimeout(resolve, 1500));
      sendRest();
      expect((await connection.readResponse()).status).toBe(503);
      expect(await server.exited).toMatchObject({ code: 0, stderr: '' });
    });
  });

  it.for(BLOCKED_COMMANDS)(
    'ends taskgate $command without a change of the database',
    async ({ args }, { sandbox }) => {
      await addLargeTasks(sandbox);
      const child = startWithOpenPipes(sandbox, process.execPath, [CLI, ...args]);
      if (args[0] === 'import') child.stdin.write('{"id":1}\n');
      else await once(child.stdout, 'readable');
      child.kill('SIGTERM');
      expect(await once(child, 'exit')).toEqual([null, 'SIGTERM']);
      expect((await sandbox.taskgate(['export', 'services'])).stdout.match(/^\{"id"/gm)).toHaveLength(2);
    },
  );
});

describe('SIGUSR1 and SIGUSR2', () => {
  it('do not affect serve and open no debugger port', async ({ sandbox }) => {
    const server = await sandbox.serve();
    server.kill('SIGUSR1');
    server.kill('SIGUSR2');
    expect((await sendRequest(server.port, requestText(HDP, '/tasks'))).status).toBe(200);
    server.kill('SIGTERM');
    expect(await server.exited).toMatchObject({ code: 0, stderr: '' });
  });

  it('do not affect the process of an action, like the signals of a terminal', async () => {
    const program = fileURLToPath(new URL('../dist/runner/action-process.js', import.meta.url));
    const child = fork(program, { execArgv: [], stdio: ['ignore', 'ignore', 'pipe', 'ipc'] });
    let stderr = '';
    child.stderr?.on('data', (chunk) => {
      stderr += chunk;
    });
    const signals = ['SIGUSR1', 'SIGUSR2', 'SIGINT', 'SIGTERM', 'SIGHUP'] as const;
    await vi.waitUntil(() => signals.every((signal) => isHandled(child.pid ?? 0, signal)), {
      timeout: 15_000,
    });
    for (const signal of signals) child.kill(signal);
    child.disconnect();
    expect(await once(child, 'exit')).toEqual([0, null]);
    expect(stderr).toBe('');
  });
});

const hasUnshare = spawnSync('unshare', ['--pid', '--fork', 'true']).status === 0;

/** Starts taskgate as the first process of a PID namespace, like in a container. */
async function startAsInit(sandbox: Sandbox, args: readonly string[]) {
  const unshare = ['--pid', '--fork', '--kill-child=SIGKILL', process.execPath, CLI];
  const child = startWithOpenPipes(sandbox, 'unshare', [...unshare, ...args]);
  let stderr = '';
  child.stderr.on('data', (chunk) => {
    stderr += chunk;
  });
  const children = `/proc/${child.pid}/task/${child.pid}/children`;
  const pid = await vi.waitUntil(() => Number(readFileSync(children, 'utf8')), { timeout: 15_000 });
  return { child, pid, stderr: () => stderr };
}

describe.skipIf(!hasUnshare)('as the first process of a container', () => {
  const started = { timeout: 15_000 };

  it.for(
    BLOCKED_COMMANDS.flatMap(({ command, args }) =>
      (['SIGTERM', 'SIGINT', 'SIGHUP'] as const).map((signal) => ({ command, args, signal })),
    ),
  )('taskgate $command ends on $signal', async ({ args, signal }, { sandbox }) => {
    await addLargeTasks(sandbox);
    const { child, pid, stderr } = await startAsInit(sandbox, args);
    if (args[0] === 'export') await once(child.stdout, 'readable');
    // Node handles SIGINT and SIGTERM while it starts.
    await vi.waitUntil(() => isHandled(pid, 'SIGHUP'), started);
    process.kill(pid, 'SIGUSR1');
    process.kill(pid, signal);
    expect(await once(child, 'exit')).toEqual([128 + constants.signals[signal], null]);
    expect(stderr()).toBe('');
  });

  it.for(['SIGTERM', 'SIGINT', 'SIGHUP'] as const)(
    'taskgate serve stops on %s',
    async (signal, { sandbox }) => {
      const { child, pid } = await startAsInit(sandbox, ['serve']);
      await once(child.stdout, 'data');
      process.kill(pid, 'SIGUSR2');
      process.kill(pid, signal);
      expect(await once(child, 'exit')).toEqual([0, null]);
    },
  );

  it('a command passes on its output and its exit code', async ({ sandbox }) => {
    const { child, stderr } = await startAsInit(sandbox, ['tokens', 'list']);
    expect(await once(child, 'close')).toEqual([1, null]);
    expect(stderr()).toContain('There is no database');
  });
});

/** True if a process has a handler for a signal. Always true outside Linux. */
function isHandled(pid: number, signal: NodeJS.Signals): boolean {
  if (process.platform !== 'linux') return true;
  const [, mask = '0'] = /^SigCgt:\s*(\w+)/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8')) ?? [];
  return (BigInt(`0x${mask}`) >> BigInt(constants.signals[signal] - 1)) % 2n === 1n;
}
