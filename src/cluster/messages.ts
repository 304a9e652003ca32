/** Messages between the primary process of `serve --workers` and its workers. */
import type { AddressInfo } from 'node:net';

/** The settings of one worker. The rest of its configuration comes from the environment. */
export interface WorkerSettings {
  /** From 1 to `workers`. The replacement of a worker gets the same number. */
  worker: number;
  workers: number;
  /** The database that exports read. */
  exportSourceUrl: string | undefined;
}

/** A message from the primary process: start to serve, close each connection after its response, or stop. */
export type PrimaryMessage = { start: WorkerSettings } | 'drain' | 'stop';

/** A message from a worker: it is ready for messages, it listens, or it cannot start, with the reason as a sentence. */
export type WorkerMessage = 'loaded' | { listening: AddressInfo } | { failed: string };
