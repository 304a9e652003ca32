/** Starts child processes. When this process exits, it kills the running ones. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';

/** A process that does not end on SIGTERM gets SIGKILL after this time. */
const KILL_TIMEOUT_MS = 15_000;

const running = new Set<ChildProcess>();

process.on('exit', () => {
  for (const child of running) child.kill('SIGKILL');
});
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => process.exit(1));

export interface RunOptions {
  /** Added to PATH. The child inherits no other variable, so the environment cannot affect the results. */
  env?: Record<string, string>;
  input?: Readable;
}

function spawnChild(
  command: string,
  args: readonly string[],
  env: Record<string, string>,
  stdio: ('pipe' | 'ignore' | 'inherit')[],
) {
  const child = spawn(command, args, { env: { PATH: process.env.PATH ?? '', ...env }, stdio });
  running.add(child);
  child.once('exit', () => running.delete(child));
  child.once('error', () => running.delete(child));
  return child;
}

/** Runs a program until it exits. @throws Error with its stderr if the exit code is not 0 */
export async function run(
  command: string,
  args: readonly string[],
  { env = {}, input }: RunOptions = {},
): Promise<{ output: string; durationMs: number }> {
  const start = performance.now();
  const child = spawnChild(command, args, env, [input ? 'pipe' : 'ignore', 'pipe', 'pipe']);
  const ended = once(child, 'close');
  const [output, errors] = [collect(child.stdout), collect(child.stderr)];
  // If the program exits early, its exit code explains more than the broken pipe.
  if (input && child.stdin) await pipeline(input, child.stdin).catch(() => {});
  const [code] = await ended;
  if (code !== 0) throw new Error(`${command} ${args.join(' ')} exited with code ${code}: ${await errors}`);
  return { output: await output, durationMs: performance.now() - start };
}

async function collect(stream: Readable | null): Promise<string> {
  let text = '';
  if (stream) for await (const chunk of stream.setEncoding('utf8')) text += chunk;
  return text;
}

/** A program that runs until it is stopped. */
export interface Background {
  pid: number;
  /** Rejects if the program exits before `stop()`. */
  failed: Promise<never>;
  /** With `keepOutput`: resolves when the program has printed something. */
  hasPrinted: Promise<unknown>;
  /** Ends the program with SIGTERM. With `keepOutput`: returns its output. */
  stop(): Promise<string>;
}

export function runInBackground(
  command: string,
  args: readonly string[],
  { env = {}, keepOutput = false }: { env?: Record<string, string>; keepOutput?: boolean } = {},
): Background {
  const child = spawnChild(command, args, env, ['ignore', keepOutput ? 'pipe' : 'ignore', 'inherit']);
  const hasPrinted = child.stdout ? once(child.stdout, 'readable') : Promise.resolve();
  const output = collect(child.stdout);
  let stopping = false;
  const ended = once(child, 'exit');
  const failed = ended.then(([code]) => {
    if (!stopping) throw new Error(`${command} ${args.join(' ')} exited unexpectedly with code ${code}.`);
    return new Promise<never>(() => {});
  });
  // Without this handler, an unawaited rejection would end this process.
  failed.catch(() => {});
  return {
    pid: child.pid ?? 0,
    failed,
    hasPrinted,
    async stop() {
      stopping = true;
      const killTimer = setTimeout(() => child.kill('SIGKILL'), KILL_TIMEOUT_MS);
      child.kill('SIGTERM');
      await ended;
      clearTimeout(killTimer);
      return output;
    },
  };
}

/** Returns the current and the peak resident memory of a process in bytes. Linux only. */
export function readMemory(pid: number): { now: number; peak: number } {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8');
  const bytes = (name: string) => Number(new RegExp(`^${name}:\\s+(\\d+) kB`, 'm').exec(status)?.[1]) * 1024;
  return { now: bytes('VmRSS'), peak: bytes('VmHWM') };
}
