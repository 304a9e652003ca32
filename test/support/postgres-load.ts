/** A server process on a PostgreSQL database, and clients that create tasks in it all the time. */
import { randomUUID } from 'node:crypto';
import { request } from 'node:http';
import { setTimeout } from 'node:timers/promises';
import { expect, onTestFinished } from 'vitest';
import { z } from 'zod';
import { openStore } from '../../src/db/open.ts';
import { asChain } from './gateway.ts';
import { openSandbox, type Server } from './process.ts';
import { openRawConnection, type RawConnection } from './raw-connection.ts';

const CHAIN = 1764;
const CLIENTS = 6;
/** The pause of a client after a 503. */
const PAUSE_MS = 20;

const NEW_TASK = JSON.stringify({
  ...{ chain: CHAIN, desc: 'x', trigger: { once: '2030-01-01T00:00:00Z' } },
  target: { action: 'export', export_index: 'users', export_format: 'csv' },
});

const created = z.object({ id: z.int() });

/** The error of the Services API for 503 (contract A2). */
const UNAVAILABLE = {
  result: { code: 2, status: 'error' },
  error: { code: 9053, name: 'service_unavailable', description: expect.any(String) },
};

interface Response {
  status: number | undefined;
  retryAfter: string | undefined;
  body: unknown;
}

function send(port: number, host: string, path: string, headers = {}, body?: string): Promise<Response> {
  const options = { host: '127.0.0.1', port, path, headers: { Host: host, ...headers } };
  return new Promise((resolve, reject) => {
    const sent = request({ ...options, method: body === undefined ? 'GET' : 'POST' }, (response) => {
      let text = '';
      response.setEncoding('utf8').on('data', (chunk: string) => {
        text += chunk;
      });
      response.on('end', () => {
        const retryAfter = response.headers['retry-after'];
        resolve({ status: response.statusCode, retryAfter, body: JSON.parse(text) });
      });
    });
    sent.on('error', reject).end(body);
  });
}

export interface LoadedServer {
  server: Server;
  /** The number of tasks that were acknowledged with 201 so far. */
  acknowledged(): number;
  /** The number of requests that were answered with 503 so far. */
  refused(): number;
  /** Waits until so many more tasks are acknowledged. */
  acknowledgeMore(count: number): Promise<void>;
  /** Waits until so many more requests are refused. */
  refuseMore(count: number): Promise<void>;
  /** Returns the status and the database of `GET /is-alive`. */
  health(): Promise<{ status: number | undefined; body: unknown }>;
  /**
   * Ends the load, and checks that each response was 201, or 503 in the shape of the API with Retry-After, and that the
   * database has every acknowledged task. Stops the server process.
   */
  finish(): Promise<void>;
}

/** Creates a database on a server. @returns its URL */
export async function createDatabaseOn(server: string, owner = 'postgres'): Promise<string> {
  const name = `own_${randomUUID().replaceAll('-', '')}`;
  const administration = await openRawConnection(`${server}/postgres`);
  await administration.rows(`CREATE DATABASE ${name} OWNER ${owner}`);
  await administration.close();
  return `${server}/${name}`;
}

/** Connects past the server processes, until the test ends. */
export async function connectTo(url: string): Promise<RawConnection> {
  const connection = await openRawConnection(url);
  onTestFinished(() => connection.close().catch(() => {}));
  return connection;
}

/**
 * Starts a server process and its clients.
 * @param serverUrl the URL of the database for the process, if it is another than that of the checks
 */
export async function startLoadedServer(databaseUrl: string, serverUrl = databaseUrl): Promise<LoadedServer> {
  const store = openStore(databaseUrl);
  await store.migrate();
  const headers = { ...(await asChain(store, CHAIN)), 'Content-Type': 'application/json' };
  await store.close();
  const { sandbox, close } = openSandbox(serverUrl);
  onTestFinished(close);
  const server = await sandbox.serve([], { SYNCHRONOUS_COMMIT: 'yes' });
  const acknowledged: number[] = [];
  const others: Response[] = [];
  let isEnding = false;
  const client = async () => {
    while (!isEnding) {
      const response = await send(server.port, 'services.localhost', '/tasks', headers, NEW_TASK);
      if (response.status === 201) acknowledged.push(created.parse(response.body).id);
      else {
        others.push(response);
        await setTimeout(PAUSE_MS);
      }
    }
  };
  const clients = Promise.all(Array.from({ length: CLIENTS }, client));
  onTestFinished(() => {
    isEnding = true;
  });
  const grow = async (read: () => number, count: number) => {
    const target = read() + count;
    await Promise.race([clients, expect.poll(read, { timeout: 20_000 }).toBeGreaterThanOrEqual(target)]);
  };
  return {
    server,
    acknowledged: () => acknowledged.length,
    refused: () => others.length,
    acknowledgeMore: (count) => grow(() => acknowledged.length, count),
    refuseMore: (count) => grow(() => others.length, count),
    async health() {
      const { status, body } = await send(server.port, 'hdp.localhost', '/is-alive');
      return { status, body };
    },
    async finish() {
      isEnding = true;
      await clients;
      for (const response of others) {
        expect(response).toEqual({
          status: 503,
          retryAfter: expect.stringMatching(/^\d+$/),
          body: UNAVAILABLE,
        });
      }
      const checked = openStore(databaseUrl);
      const { rows, total } = await checked.servicesTasks.list(CHAIN, {}, { limit: 100_000, offset: 0 });
      expect(total).toBe(rows.length);
      const ids = new Set(rows.map(({ id }) => id));
      expect(acknowledged.filter((id) => !ids.has(id))).toEqual([]);
      expect(await checked.verify()).toEqual([]);
      await checked.close();
      server.kill('SIGTERM');
      expect(await server.exited).toMatchObject({ code: 0, stderr: '' });
      expect(server.stdout()).not.toContain(new URL(serverUrl).password);
    },
  };
}
