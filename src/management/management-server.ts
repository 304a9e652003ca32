/** The listener for operators: health and metrics. No public host reaches it. */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { getRequestListener } from '@hono/node-server';
import { Hono } from 'hono';
import { NO_STORE } from '../http/cache-control.ts';
import { ListenError } from '../http/listen-error.ts';

export interface ManagementOptions {
  host: string;
  port: number;
  /** Resolves with true if the process can answer requests. */
  isReady(): Promise<boolean>;
  /** Returns the metrics in the text format of Prometheus, and its media type. */
  readMetrics(): Promise<{ text: string; type: string }>;
}

/** A listening management server. */
export interface ManagementServer {
  readonly address: AddressInfo;
  stop(): Promise<void>;
}

/** Starts to listen. @throws ListenError */
export async function startManagement(options: ManagementOptions): Promise<ManagementServer> {
  const { host, port } = options;
  const listener = getRequestListener(createManagementApp(options).fetch);
  const server = createServer((incoming, outgoing) => void listener(incoming, outgoing));
  await new Promise<void>((resolve, reject) => {
    server.once('error', (error) => reject(new ListenError(host, port, error, 'MANAGEMENT_')));
    server.listen(port, host, resolve);
  });
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('The server has no TCP address.');
  return {
    address,
    stop: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

/** Creates the app of the listener: `/live`, `/ready` and `/metrics`. */
export function createManagementApp({
  isReady,
  readMetrics,
}: Pick<ManagementOptions, 'isReady' | 'readMetrics'>): Hono {
  const app = new Hono();
  app.get('/live', (c) => c.json({ live: true }, 200, NO_STORE));
  app.get('/ready', async (c) => {
    const ready = await isReady().catch(() => false);
    return c.json({ ready }, ready ? 200 : 503, NO_STORE);
  });
  app.get('/metrics', async (c) => {
    const { text, type } = await readMetrics();
    return c.body(text, 200, { ...NO_STORE, 'content-type': type });
  });
  app.notFound((c) => c.json({ error: 'Use /live, /ready or /metrics.' }, 404, NO_STORE));
  app.onError((_, c) => c.json({ error: 'The metrics cannot be read now.' }, 503, NO_STORE));
  return app;
}
