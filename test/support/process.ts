import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { test, vi } from 'vitest';
import { takePostgresDatabase } from './postgres-databases.ts';
import { isPostgres } from './stores.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const CLI = join(ROOT, 'dist/cli.js');

/** How a process ended and what it printed. */
export interface ProcessResult {
  code: number | null;
  signal: NodeJS.Signals | null;
  stdout: string;
  stderr: string;
}

/** A started process. */
export interface RunningProcess {
  /** Also the id of the process group, if the process has its own group. */
  pid: number;
  kill(signal: NodeJS.Signals): void;
  /** Resolves when the process has ended and all of its output has been read. */
  exited: Promise<ProcessResult>;
  stdout(): string;
  stderr(): string;
  /** Closes the read end of its stdout. */
  closeStdout(): void;
  /** Closes the read ends of its output, so that `exited` waits only for the process. */
  closeOutput(): void;
  /** Waits for the log line with this message. */
  waitForLog(message: string): Promise<LogLine>;
}

export interface LogLine {
  msg: string;
  address?: { port: number };
  /** With `serve --workers`: the number of the worker and its process id. */
  worker?: number;
  pid?: number;
  requestId?: string;
}

/** A running `taskgate serve`. */
export interface Server extends RunningProcess {
  port: number;
}

/** A temporary directory, a database, and functions that run the built program on it. */
export interface Sandbox {
  dir: string;
  databaseUrl: string;
  /** Runs `taskgate` with arguments to its end. */
  taskgate(args: readonly string[], env?: NodeJS.ProcessEnv): Promise<ProcessResult>;
  /** Starts `taskgate` with arguments. */
  start(args: readonly string[], env?: NodeJS.ProcessEnv): RunningProcess;
  /** Runs a line of shell, in which `taskgate` is a command, to its end. */
  shell(line: string): Promise<ProcessResult>;
  /** Starts node with arguments. */
  node(args: readonly string[], env?: NodeJS.ProcessEnv): RunningProcess;
  /** Starts any program. */
  program(command: string, args: readonly string[], env?: NodeJS.ProcessEnv): RunningProcess;
  /** Starts `taskgate serve` on a free port and waits until it listens. */
  serve(args?: readonly string[], env?: NodeJS.ProcessEnv): Promise<Server>;
  /** Starts any program in a new process group, as a terminal does, and waits until it listens. */
  serveWith(command: string, args: readonly string[], env?: NodeJS.ProcessEnv): Promise<Server>;
}

/** Gives each test a sandbox. After the test, kills its processes and removes the directory. */
export const it = test.extend<{ sandbox: Sandbox }>({
  // biome-ignore lint/correctness/noEmptyPattern: vitest reads a fixture's needs from this pattern
  sandbox: async ({}, use) => {
    const database = isPostgres() ? await takePostgresDatabase() : undefined;
    const { sandbox, close } = openSandbox(database?.url);
    await use(sandbox);
    await close();
    await database?.release();
  },
});

/**
 * Creates a sandbox, and a function that closes it.
 * @param postgresUrl the database; without it, a file in the sandbox
 * @throws Error when the program has not been built
 */
export function openSandbox(postgresUrl?: string): { sandbox: Sandbox; close(): Promise<void> } {
  if (!existsSync(CLI)) throw new Error('dist/cli.js is missing: run `npm run build` first (npm test does).');
  const dir = mkdtempSync(join(tmpdir(), 'taskgate-'));
  const databaseUrl = postgresUrl ?? join(dir, 'taskgate.db');
  // The environment of the tests is left out, because it may configure Taskgate.
  const baseEnv = {
    PATH: process.env.PATH,
    HOME: process.env.HOME,
    DATABASE_URL: databaseUrl,
    EXPORTS_DIR: join(dir, 'exports'),
    PORT: '0',
    // Tests of load send more.
    ...{ RATE_LIMIT_CREDENTIAL: '0', RATE_LIMIT_ADDRESS: '0', AUTH_FAILURE_LIMIT: '0' },
    MAX_EVENT_LOOP_DELAY: '0',
    // Faster, and as safe if the process crashes. Tests of durability unset it.
    SYNCHRONOUS_COMMIT: 'no',
  };
  const running = new Map<RunningProcess, { isGroup: boolean }>();

  function start(
    command: string,
    args: readonly string[],
    env: NodeJS.ProcessEnv,
    isGroup: boolean,
  ): RunningProcess {
    const child = run(command, args, { ...baseEnv, ...env }, isGroup);
    running.set(child, { isGroup });
    child.exited.then(() => running.delete(child));
    return child;
  }
  const listening = async (child: RunningProcess): Promise<Server> => ({
    ...child,
    port: (await child.waitForLog('listening')).address?.port ?? 0,
  });

  const sandbox: Sandbox = {
    dir,
    databaseUrl,
    taskgate: (args, env = {}) => start(process.execPath, [CLI, ...args], env, false).exited,
    start: (args, env = {}) => start(process.execPath, [CLI, ...args], env, false),
    node: (args, env = {}) => start(process.execPath, args, env, false),
    program: (command, args, env = {}) => start(command, args, env, false),
    shell: (line) => {
      const taskgate = `taskgate() { '${process.execPath}' '${CLI}' "$@"; }`;
      return start('sh', ['-c', `${taskgate}\n${line}`], {}, true).exited;
    },
    serve: (args = [], env = {}) => listening(start(process.execPath, [CLI, 'serve', ...args], env, false)),
    serveWith: (command, args, env = {}) => listening(start(command, args, env, true)),
  };
  const close = async () => {
    for (const [{ pid, closeOutput }, { isGroup }] of running) {
      killIfRunning(isGroup ? -pid : pid);
      // A child process may still hold the same output open.
      closeOutput();
    }
    await Promise.all([...running.keys()].map((child) => child.exited));
    rmSync(dir, { recursive: true });
  };
  return { sandbox, close };
}

function run(
  command: string,
  args: readonly string[],
  env: NodeJS.ProcessEnv,
  isGroup: boolean,
): RunningProcess {
  const child = spawn(command, args, {
    cwd: ROOT,
    env,
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: isGroup,
  });
  const { pid } = child;
  if (pid === undefined) throw new Error(`${command} cannot be started.`);
  const output = { stdout: '', stderr: '' };
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    output.stdout += text;
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    output.stderr += text;
  });
  const hasEnded = () => child.exitCode !== null || child.signalCode !== null;
  return {
    pid,
    kill: (signal) => child.kill(signal),
    exited: new Promise((resolve) => {
      child.once('close', (code, signal) => resolve({ code, signal, ...output }));
    }),
    stdout: () => output.stdout,
    stderr: () => output.stderr,
    closeStdout: () => child.stdout.destroy(),
    closeOutput: () => {
      child.stdout.destroy();
      child.stderr.destroy();
    },
    waitForLog: (message) =>
      vi.waitUntil(
        () => {
          const line = logLines(output.stdout).find(({ msg }) => msg === message);
          if (!line && hasEnded()) throw new Error(`It ended without logging "${message}": ${output.stderr}`);
          return line;
        },
        { timeout: 15_000, interval: 10 },
      ),
  };
}

/** Sends a signal to a server and waits until it exits. Returns the exit code and how long the stop took. */
export async function stopServer(server: Server, signal: NodeJS.Signals = 'SIGTERM') {
  const start = performance.now();
  server.kill(signal);
  const { code } = await server.exited;
  return { code, ms: performance.now() - start };
}

/** Returns the log lines of a stdout. Skips other lines, such as those of npm. */
export function logLines(stdout: string): LogLine[] {
  const complete = stdout.slice(0, stdout.lastIndexOf('\n') + 1);
  return complete
    .split('\n')
    .filter((line) => line.startsWith('{'))
    .map((line) => JSON.parse(line));
}

/** Kills a process, or a process group if negative, unless it has exited. */
export function killIfRunning(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // The process has already exited.
  }
}
