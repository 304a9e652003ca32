/** Creates worker threads with database connections, for work that would block the event loop too long. */
import { Piscina } from 'piscina';

export interface ThreadOptions {
  databaseUrl: string;
  /** Called if an idle thread dies. */
  reportError(error: unknown): void;
}

/**
 * Node.js arguments of the worker threads. Piscina tries to `require` the module first. Node.js aborts the process if a
 * thread is terminated while it requires an ES module. With the first argument, Piscina imports the module.
 */
const WORKER_ARGUMENTS = [
  '--no-experimental-require-module',
  '--import',
  new URL('../../drizzle-imports.js', import.meta.url).href,
];

/** Without it, the young generation of each thread grows by more than 10 MB and is not given back. */
const MAX_YOUNG_GENERATION_MB = 12;

/**
 * Creates threads that run a module of this folder. `minThreads` threads start now, the others when there is work. A thread
 * that dies is replaced.
 */
export function createThreads<Task, Result>(
  module: string,
  { minThreads, maxThreads }: { minThreads: number; maxThreads: number },
  { databaseUrl, reportError }: ThreadOptions,
): Piscina<Task, Result> {
  const pool = new Piscina<Task, Result>({
    filename: new URL(module, import.meta.url).href,
    minThreads,
    maxThreads,
    idleTimeout: Number.POSITIVE_INFINITY,
    execArgv: WORKER_ARGUMENTS,
    workerData: { databaseUrl },
    resourceLimits: { maxYoungGenerationSizeMb: MAX_YOUNG_GENERATION_MB },
  });
  // Without a listener, the error of an idle thread would end the process.
  pool.on('error', reportError);
  return pool;
}
