/** Messages between the primary process of `serve --workers` and its workers. */
import type { AddressInfo } from 'node:net';

/** How a worker is to serve; the rest of its configuration comes from the environment. */
export interface WorkerSettings {
  /** From 1 to `workers`; the replacement of a worker gets the same number. */
  worker: number;
  workers: number;
  /** The database that exports read. */
  exportSourceUrl: string | undefined;
}

/** Sent by the primary: start to serve, or stop after the requests in flight. */
export type WorkerOrder = { start: WorkerSettings } | 'stop';

/** Sent by a worker: it can take orders, it listens, or it cannot start, with a sentence that says why. */
export type WorkerReport = 'loaded' | { listening: AddressInfo } | { failed: string };
