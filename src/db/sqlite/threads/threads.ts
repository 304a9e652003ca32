/** Worker threads that open the database themselves: work that takes longer than the event loop can wait. */
import { Piscina } from 'piscina';

export interface ThreadOptions {
  databaseUrl: string;
  /** Called when a thread dies while it has nothing to do. */
  reportError(error: unknown): void;
}

/**
 * Arguments of node for the worker threads. Piscina first tries to `require` a thread's file, and node aborts the
 * whole process when a thread is ended in the middle of requiring an ES module; without that, it imports it.
 */
const WORKER_ARGUMENTS = ['--no-experimental-require-module'];

/** Without it, the young generation of each thread grows by more than 10 MB and is not given back. */
const MAX_YOUNG_GENERATION_MB = 12;

/**
 * Creates threads that run a module of this folder; a thread that dies is replaced.
 * `minThreads` of them start now, the others when there is work for them.
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
  // Without a listener the error of an idle thread would end the process.
  pool.on('error', reportError);
  return pool;
}
