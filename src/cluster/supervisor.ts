import cluster, { type Worker } from 'node:cluster';
import type { AddressInfo } from 'node:net';
import { fileURLToPath } from 'node:url';
import type { Logger } from 'pino';
import type { LogWriter } from '../log.ts';
import { relayLines } from './log-relay.ts';
import type { PrimaryMessage, WorkerMessage } from './messages.ts';
import { trackUnacceptedConnection } from './unaccepted-connection.ts';

export interface SupervisorOptions {
  workers: number;
  /** The database that exports read. */
  exportSourceUrl: string | undefined;
  log: Logger;
  /** Receives the log lines of the workers. */
  logDestination: LogWriter;
}

/** Worker processes that listen on one port. */
export interface Supervisor {
  /** Resolves when every worker listens. */
  readonly listening: Promise<AddressInfo>;
  /** Rejects with a WorkerError if the workers cannot be kept running. */
  readonly failed: Promise<never>;
  /** Lets the workers close each connection after its response. */
  startDraining(): void;
  /** Stops the workers after their requests in flight. Resolves when all have ended. */
  stop(): Promise<void>;
}

/** The workers cannot be kept running. The message is a sentence for the operator. */
export class WorkerError extends Error {}

/** The number of consecutive workers that can end before they listen. */
const MAX_FAILED_STARTS = 3;

/** A worker that ends earlier than this after it listens is a crash. */
const MIN_UPTIME_MS = 5000;

/** The pause before a crashed worker is replaced, so that repeated crashes do not use up the machine. */
const RESTART_PAUSE_MS = 1000;

/** The time after which workers that do not stop are killed: longer than their time for requests in flight (8 seconds). */
const KILL_AFTER_MS = 9500;

const WORKER_PROGRAM = fileURLToPath(new URL('./worker-process.js', import.meta.url));
const DRIZZLE_IMPORTS = new URL('../db/drizzle-imports.js', import.meta.url).href;

/** Starts worker processes and replaces each worker that ends, until `stop`. */
export function startWorkers(options: SupervisorOptions): Supervisor {
  const { workers, exportSourceUrl, log, logDestination } = options;
  cluster.setupPrimary({
    exec: WORKER_PROGRAM,
    args: [],
    execArgv: [...process.execArgv, '--import', DRIZZLE_IMPORTS],
    stdio: ['ignore', 'pipe', 'inherit', 'ipc'],
  });
  const listening = Promise.withResolvers<AddressInfo>();
  const failed = Promise.withResolvers<never>();
  failed.promise.catch(() => {});
  const running = new Map<Worker, Promise<void>>();
  /** Workers that are ready for messages. Other workers have not started anything yet. */
  const loaded = new WeakSet<Worker>();
  const restarts = new Set<NodeJS.Timeout>();
  const ready = new Set<number>();
  let hasListened = false;
  let failedStarts = 0;
  let isStopping = false;

  function start(number: number): void {
    const worker = cluster.fork();
    const { stdout } = worker.process;
    const closeUnaccepted = trackUnacceptedConnection(worker.process);
    if (stdout) void relayLines(stdout, logDestination);
    let listeningSince: number | undefined;
    let failure: string | undefined;
    worker.on('message', (message: WorkerMessage) => {
      if (message === 'loaded') {
        loaded.add(worker);
        send(worker, { start: { worker: number, workers, exportSourceUrl } });
        return;
      }
      // The metrics library sends other messages.
      if (!('failed' in message) && !('listening' in message)) return;
      if ('failed' in message) {
        failure = message.failed;
        return;
      }
      listeningSince = performance.now();
      hasListened = true;
      failedStarts = 0;
      ready.add(number);
      log.info({ worker: number, pid: worker.process.pid }, 'worker listens');
      if (ready.size === workers) listening.resolve(message.listening);
    });
    // The worker ends. This is handled in `close`.
    worker.on('error', () => {});
    const ended = new Promise<void>((resolve) => {
      worker.process.once('close', (code: number | null, signal: NodeJS.Signals | null) => {
        running.delete(worker);
        resolve();
        if (isStopping) return;
        closeUnaccepted();
        replace(number, { code, signal, failure, listeningSince });
      });
    });
    running.set(worker, ended);
  }

  function replace(number: number, { code, signal, failure, listeningSince }: EndedWorker): void {
    log.error({ worker: number, code, signal, reason: failure }, 'worker ended');
    if (listeningSince === undefined) failedStarts += 1;
    if (failure !== undefined && !hasListened) {
      failed.reject(new WorkerError(failure));
    } else if (failedStarts >= MAX_FAILED_STARTS) {
      const last = failure ?? `It ended with ${signal ?? `status ${code}`}.`;
      failed.reject(
        new WorkerError(
          `${MAX_FAILED_STARTS} workers in a row ended before they listened. The last: ${last}`,
        ),
      );
    } else {
      const isCrash = listeningSince === undefined || performance.now() - listeningSince < MIN_UPTIME_MS;
      const timer = setTimeout(
        () => {
          restarts.delete(timer);
          start(number);
        },
        isCrash ? RESTART_PAUSE_MS : 0,
      );
      restarts.add(timer);
    }
  }

  for (let number = 1; number <= workers; number += 1) start(number);
  return {
    listening: listening.promise,
    failed: failed.promise,
    startDraining() {
      for (const worker of running.keys()) if (loaded.has(worker)) send(worker, 'drain');
    },
    async stop() {
      isStopping = true;
      for (const timer of restarts) clearTimeout(timer);
      for (const worker of running.keys()) {
        if (loaded.has(worker)) send(worker, 'stop');
        else worker.process.kill('SIGKILL');
      }
      const deadline = setTimeout(() => {
        for (const { process: worker } of running.keys()) {
          log.warn({ pid: worker.pid }, 'worker did not stop and is killed');
          worker.kill('SIGKILL');
        }
      }, KILL_AFTER_MS);
      await Promise.all(running.values());
      clearTimeout(deadline);
    },
  };
}

interface EndedWorker {
  code: number | null;
  signal: NodeJS.Signals | null;
  /** The reason why it could not start, from its message. */
  failure: string | undefined;
  /** Monotonic milliseconds; undefined if it never listened. */
  listeningSince: number | undefined;
}

/** Sends a message. Ignores a worker that has just ended. */
function send(worker: Worker, message: PrimaryMessage): void {
  worker.send(message, () => {});
}
