/** Starts a server as a child process, and stops it. */
import { createServer } from 'node:net';
import { Connection, type HttpRequest, type HttpResponse, serializeRequest } from './http-client.ts';
import { runInBackground } from './processes.ts';

const START_TIMEOUT_MS = 120_000;

export interface Server {
  name: string;
  port: number;
  pid: number;
  /** Time from the start of the process to the first successful response. */
  firstResponseMs: number;
  stop(): Promise<void>;
}

/**
 * Starts a server on a free port and waits for its first response.
 * @param probe the request to wait with
 * @param commandFor returns the command line for a port; the default command is Node.js
 */
export async function startServer(
  name: string,
  probe: HttpRequest,
  commandFor: (port: number) => { command?: string; args: string[]; env: Record<string, string> },
): Promise<Server> {
  const port = await freePort();
  const { command = process.execPath, args, env } = commandFor(port);
  const start = performance.now();
  const background = runInBackground(command, args, { env });
  try {
    await Promise.race([waitForFirstResponse(port, serializeRequest(probe)), background.failed]);
  } catch (error) {
    await background.stop();
    throw error;
  }
  const firstResponseMs = performance.now() - start;
  return {
    name,
    port,
    pid: background.pid,
    firstResponseMs,
    stop: async () => {
      await background.stop();
    },
  };
}

/** Returns a free port of the loopback address. */
export async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  if (address === null || typeof address === 'string') throw new Error('There is no free port.');
  return address.port;
}

async function waitForFirstResponse(port: number, request: string): Promise<void> {
  const deadline = performance.now() + START_TIMEOUT_MS;
  while (performance.now() < deadline) {
    const connection = await Connection.open(port).catch(() => undefined);
    const response = await connection?.send(request).catch(() => undefined);
    connection?.close();
    if (response && response.status < 400) return;
    await new Promise((resolve) => setTimeout(resolve, 2));
  }
  throw new Error('The server did not respond within two minutes.');
}

/** Starts servers, passes them to `work`, and stops them even if `work` fails. */
export async function withServers<T>(
  starts: readonly (() => Promise<Server>)[],
  work: (...servers: Server[]) => Promise<T>,
): Promise<T> {
  const servers: Server[] = [];
  try {
    for (const start of starts) servers.push(await start());
    return await work(...servers);
  } finally {
    for (const server of servers) await server.stop();
  }
}

/** Sends one request on a new connection. @throws Error unless the response has the `expected` status */
export async function sendOnce(
  { name, port }: Server,
  request: HttpRequest,
  expected = 200,
): Promise<HttpResponse> {
  const connection = await Connection.open(port);
  try {
    const response = await connection.send(serializeRequest(request));
    if (response.status === expected) return response;
    throw new Error(`${name} returned ${response.status}: ${response.body}`);
  } finally {
    connection.close();
  }
}
