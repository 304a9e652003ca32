/** The servers that are compared. Each is a separate process on a loopback port. */
import { writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { Connection, type HttpRequest, type HttpResponse, requestText } from './client.ts';
import type { Dataset } from './dataset.ts';
import { CLI, JSON_SERVER, script } from './paths.ts';
import { runInBackground } from './processes.ts';
import { HOSTS, listRequest } from './requests.ts';

/** What every workload gets. */
export interface Bench {
  dataset: Dataset;
  /** How long each load lasts. */
  seconds: number;
  rounds: number;
  /** A folder for files that nobody keeps. */
  scratch: string;
  progress(text: string): void;
}

export interface Server {
  name: string;
  port: number;
  pid: number;
  /** From its start to its first 200. */
  firstResponseMs: number;
  stop(): Promise<void>;
}

// No workload asks this: a server that keeps responses has none of theirs beforehand.
const probeOf = (dataset: Dataset) => listRequest('hdp', dataset, 'hdp_tasks_per_page=1');

export interface TaskgateOptions {
  database?: string;
  /** Arguments after `serve`. */
  args?: readonly string[];
  /** Replaces the product's actions by one that does nothing; see servers/no-operation.ts. */
  hasNoOperation?: boolean;
  name?: string;
}

export function startTaskgate(
  { dataset }: Bench,
  { database = dataset.taskgate, args = [], hasNoOperation = false, name = 'taskgate' }: TaskgateOptions = {},
): Promise<Server> {
  return startServer(name, probeOf(dataset), (port) => ({
    args: [CLI, 'serve', ...args],
    env: {
      HOST: '127.0.0.1',
      PORT: String(port),
      DATABASE_URL: database,
      SERVICES_HOSTS: HOSTS.services,
      HDP_HOSTS: HOSTS.hdp,
      // The runner would execute the tasks that are due and make followers that the other contestants do not have.
      RUN_TASKS: 'no',
      ...(hasNoOperation && { NODE_OPTIONS: `--import=${pathToFileURL(script('servers/no-operation.js'))}` }),
    },
  }));
}

export function startFastify({ dataset }: Bench, database = dataset.plain): Promise<Server> {
  return startServer('fastify', probeOf(dataset), (port) => ({
    args: [script('servers/fastify.js')],
    env: {
      PORT: String(port),
      DATABASE: database,
      SERVICES_HOST: HOSTS.services,
      HDP_HOST: HOSTS.hdp,
    },
  }));
}

/** @param response what it shall always response: the same bytes, status, type and length */
export function startFloor(bench: Bench, response: HttpResponse, name = 'floor'): Promise<Server> {
  const names = response.status === 304 ? ['ETag'] : ['Content-Type', 'Content-Length'];
  return startConstant(bench, response, names, name, 'servers/floor.js');
}

/** The floor with all headers of the response, a fresh request id, and a log as pino's own page sets it up. */
export const startLoggingFloor = (bench: Bench, response: HttpResponse) =>
  startConstant(
    bench,
    response,
    ['Content-Type', 'Content-Length', 'X-Total-Count', 'Link', 'ETag'].filter((name) =>
      response.header(name),
    ),
    'floor with log',
    'servers/logging-floor.js',
  );

function startConstant(
  { scratch }: Bench,
  response: HttpResponse,
  names: readonly string[],
  name: string,
  program: string,
): Promise<Server> {
  const body = join(scratch, `${name.replaceAll(' ', '-')}.body`);
  writeFileSync(body, response.body);
  const headers = Object.fromEntries(names.map((header) => [header, response.header(header)]));
  return startServer(name, { host: 'floor', path: '/', headers: {} }, (port) => ({
    args: [script(program)],
    env: {
      PORT: String(port),
      BODY: body,
      STATUS: String(response.status),
      HEADERS: JSON.stringify(headers),
    },
  }));
}

/** @param database a file such as `{"tasks":[…]}` */
export function startJsonServer(database: string): Promise<Server> {
  const probe = { host: 'json', path: '/tasks?_start=0&_limit=1', headers: {} };
  return startServer('json-server', probe, (port) => ({
    args: [JSON_SERVER, '--host', '127.0.0.1', '--port', String(port), '--quiet', database],
    env: {},
  }));
}

/** @param program what to start on a port; `command` is Node.js without it */
export async function startServer(
  name: string,
  probe: HttpRequest,
  program: (port: number) => { command?: string; args: string[]; env: Record<string, string> },
): Promise<Server> {
  const port = await freePort();
  const { command = process.execPath, args, env } = program(port);
  const began = performance.now();
  const background = runInBackground(command, args, { env });
  try {
    await Promise.race([firstResponse(port, requestText(probe)), background.failed]);
  } catch (error) {
    await background.stop();
    throw error;
  }
  const firstResponseMs = performance.now() - began;
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

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  if (address === null || typeof address === 'string') throw new Error('There is no free port.');
  return address.port;
}

async function firstResponse(port: number, request: string): Promise<void> {
  const deadline = performance.now() + 120_000;
  while (performance.now() < deadline) {
    const connection = await Connection.open(port).catch(() => undefined);
    const response = await connection?.send(request).catch(() => undefined);
    connection?.close();
    if (response && response.status < 400) return;
    await new Promise((resolve) => setTimeout(resolve, 2));
  }
  throw new Error('The server gave no response within two minutes.');
}

/** Starts servers, hands them to `work`, and stops them whatever happens. */
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

/** Asks once. @throws Error unless the response has the `expected` status */
export async function requestOnce(
  { name, port }: Server,
  request: HttpRequest,
  expected = 200,
): Promise<HttpResponse> {
  const connection = await Connection.open(port);
  try {
    const response = await connection.send(requestText(request));
    if (response.status === expected) return response;
    throw new Error(`${name} answered ${request.path} with ${response.status}: ${response.body}`);
  } finally {
    connection.close();
  }
}
