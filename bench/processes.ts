/** Child processes. Each is ended by its handle, so that none outlives the bench. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';

const running = new Set<ChildProcess>();

process.on('exit', () => {
  for (const child of running) child.kill('SIGKILL');
});
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => process.exit(1));

export interface RunOptions {
  /** Added to PATH. Nothing else is passed on, so that the environment of the bench changes no figure. */
  env?: Record<string, string>;
  input?: Readable;
}

function start(
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

/** Runs a program to its end. @throws Error with what it said when it fails */
export async function run(
  command: string,
  args: readonly string[],
  { env = {}, input }: RunOptions = {},
): Promise<{ output: string; milliseconds: number }> {
  const began = performance.now();
  const child = start(command, args, env, [input ? 'pipe' : 'ignore', 'pipe', 'pipe']);
  const ended = once(child, 'close');
  const [output, errors] = [collect(child.stdout), collect(child.stderr)];
  // When the program ends early, its exit code says more than the broken pipe.
  if (input && child.stdin) await pipeline(input, child.stdin).catch(() => {});
  const [code] = await ended;
  if (code !== 0) throw new Error(`${command} ${args.join(' ')} ended with ${code}: ${await errors}`);
  return { output: await output, milliseconds: performance.now() - began };
}

async function collect(stream: Readable | null): Promise<string> {
  let text = '';
  if (stream) for await (const chunk of stream.setEncoding('utf8')) text += chunk;
  return text;
}

/** A program that runs until it is stopped. */
export interface Background {
  pid: number;
  /** Rejects if the program ends before it is stopped. */
  failed: Promise<never>;
  /** Resolves when it has printed something, when `keepOutput`. */
  hasPrinted: Promise<unknown>;
  /** Ends it with SIGTERM and returns what it printed, when `keepOutput`. */
  stop(): Promise<string>;
}

export function runInBackground(
  command: string,
  args: readonly string[],
  { env = {}, keepOutput = false }: { env?: Record<string, string>; keepOutput?: boolean } = {},
): Background {
  const child = start(command, args, env, ['ignore', keepOutput ? 'pipe' : 'ignore', 'inherit']);
  const hasPrinted = child.stdout ? once(child.stdout, 'readable') : Promise.resolve();
  const output = collect(child.stdout);
  let stopping = false;
  const ended = once(child, 'exit');
  const failed = ended.then(([code]) => {
    if (!stopping) throw new Error(`${command} ${args.join(' ')} ended early with ${code}.`);
    return new Promise<never>(() => {});
  });
  // Without a handler, a rejection that no caller awaits would end the bench.
  failed.catch(() => {});
  return {
    pid: child.pid ?? 0,
    failed,
    hasPrinted,
    async stop() {
      stopping = true;
      const impatient = setTimeout(() => child.kill('SIGKILL'), 15_000);
      child.kill('SIGTERM');
      await ended;
      clearTimeout(impatient);
      return output;
    },
  };
}

/** The memory of a process in bytes: now, and at its highest. Linux only. */
export function memoryOf(pid: number): { now: number; peak: number } {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8');
  const bytes = (name: string) => Number(new RegExp(`^${name}:\\s+(\\d+) kB`, 'm').exec(status)?.[1]) * 1024;
  return { now: bytes('VmRSS'), peak: bytes('VmHWM') };
}
