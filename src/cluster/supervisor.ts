import cluster, { type Worker } from 'node:cluster';
import type { AddressInfo } from 'node:net';
import { fileURLToPath } from 'node:url';
import type { Logger } from 'pino';
import type { LogWriter } from '../log.ts';
import { relayLines } from './log-relay.ts';
import type { WorkerOrder, WorkerReport } from './messages.ts';
import { trackUnacceptedConnection } from './unaccepted-connection.ts';

export interface SupervisorOptions {
  workers: number;
  /** The database that exports read. */
  exportSourceUrl: string | undefined;
  log: Logger;
  /** Where the log lines of the workers go. */
  logDestination: LogWriter;
}

/** Worker processes that listen on one port. */
export interface Supervisor {
  /** Resolves when every worker listens. */
  readonly listening: Promise<AddressInfo>;
  /** Rejects with a WorkerError when the workers cannot be kept running. */
  readonly failed: Promise<never>;
  /** Stops the workers after their requests in flight. Resolves when all have ended. */
  stop(): Promise<void>;
}

/** The workers cannot be kept running; the message is a sentence for the operator. */
export class WorkerError extends Error {}

/** Workers in a row that may end before they listen. */
const MAX_FAILED_STARTS = 3;

/** A worker that ends sooner than this after it listens … */
const MIN_UPTIME_MS = 5000;
/** … is replaced after a pause, so that processes that keep crashing do not use up the machine. */
const RESTART_PAUSE_MS = 1000;

/** When workers that do not stop are killed, in milliseconds: longer than they let requests finish (8 seconds). */
const KILL_AFTER_MS = 9500;

const PROGRAM = fileURLToPath(new URL('./worker-process.js', import.meta.url));

/** Starts worker processes and replaces each one that ends, until it is stopped. */
export function startWorkers(options: SupervisorOptions): Supervisor {
  const { workers, exportSourceUrl, log, logDestination } = options;
  cluster.setupPrimary({ exec: PROGRAM, args: [], stdio: ['ignore', 'pipe', 'inherit', 'ipc'] });
  const listening = Promise.withResolvers<AddressInfo>();
  const failed = Promise.withResolvers<never>();
  failed.promise.catch(() => {});
  const running = new Map<Worker, Promise<void>>();
  /** Workers that take orders; others have done nothing yet. */
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
    let listensSince: number | undefined;
    let failure: string | undefined;
    worker.on('message', (report: WorkerReport) => {
      if (report === 'loaded') {
        loaded.add(worker);
        order(worker, { start: { worker: number, workers, exportSourceUrl } });
        return;
      }
      if ('failed' in report) {
        failure = report.failed;
        return;
      }
      listensSince = performance.now();
      hasListened = true;
      failedStarts = 0;
      ready.add(number);
      log.info({ worker: number, pid: worker.process.pid }, 'worker listens');
      if (ready.size === workers) listening.resolve(report.listening);
    });
    // It ends, which is noticed below.
    worker.on('error', () => {});
    const ended = new Promise<void>((resolve) => {
      worker.process.once('close', (code: number | null, signal: NodeJS.Signals | null) => {
        running.delete(worker);
        resolve();
        if (isStopping) return;
        closeUnaccepted();
        replace(number, { code, signal, failure, listensSince });
      });
    });
    running.set(worker, ended);
  }

  function replace(number: number, { code, signal, failure, listensSince }: EndedWorker): void {
    log.error({ worker: number, code, signal, reason: failure }, 'worker ended');
    if (listensSince === undefined) failedStarts += 1;
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
      const isCrash = listensSince === undefined || performance.now() - listensSince < MIN_UPTIME_MS;
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
    async stop() {
      isStopping = true;
      for (const timer of restarts) clearTimeout(timer);
      for (const worker of running.keys()) {
        if (loaded.has(worker)) order(worker, 'stop');
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
  /** Why it could not start, as it reported. */
  failure: string | undefined;
  /** Monotonic milliseconds; undefined if it did not come to listen. */
  listensSince: number | undefined;
}

/** Sends an order; a worker that has just ended gets none. */
function order(worker: Worker, message: WorkerOrder): void {
  worker.send(message, () => {});
}
