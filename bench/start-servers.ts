/** Starts the compared servers, each in a separate process on a loopback port. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { DatabaseHost } from './database.ts';
import type { Dataset } from './dataset.ts';
import type { Goals } from './goals.ts';
import type { HttpResponse } from './http-client.ts';
import { CLI_PATH, compiledScript, JSON_SERVER_PATH } from './paths.ts';
import { HOSTS, listRequest } from './requests.ts';
import { type Server, startServer } from './server-process.ts';

/** The context of a workload. */
export interface Bench {
  databases: DatabaseHost;
  goals: Goals;
  dataset: Dataset;
  /** The duration of each load. */
  seconds: number;
  rounds: number;
  /** A folder for temporary files. */
  scratch: string;
  log(text: string): void;
}

// No workload sends this request, so it does not fill the response cache for a workload.
const createProbe = (dataset: Dataset) => listRequest('hdp', dataset, 'hdp_tasks_per_page=1');

export interface TaskgateOptions {
  database?: string;
  /** Arguments after `serve`. */
  args?: readonly string[];
  /** Replaces the product's actions with a no-op; see servers/no-operation.ts. */
  hasNoOpAction?: boolean;
  name?: string;
}

/** The highest limit of requests that the configuration accepts. */
const MAX_PER_MINUTE = '1000000000';

export function startTaskgate(
  { dataset }: Bench,
  { database = dataset.taskgate, args = [], hasNoOpAction = false, name = 'taskgate' }: TaskgateOptions = {},
): Promise<Server> {
  return startServer(name, createProbe(dataset), (port) => ({
    args: [CLI_PATH, 'serve', ...args],
    env: {
      HOST: '127.0.0.1',
      PORT: String(port),
      DATABASE_URL: database,
      SERVICES_HOSTS: HOSTS.services,
      HDP_HOSTS: HOSTS.hdp,
      MAX_EVENT_LOOP_DELAY: '0',
      // High, so that requests are counted and never refused.
      ...{ RATE_LIMIT_CREDENTIAL: MAX_PER_MINUTE, RATE_LIMIT_ADDRESS: MAX_PER_MINUTE },
      // The runner would execute due tasks and create follow-up tasks, which the other servers do not have.
      RUN_TASKS: 'no',
      ...(hasNoOpAction && {
        NODE_OPTIONS: `--import=${pathToFileURL(compiledScript('servers/no-operation.js'))}`,
      }),
    },
  }));
}

export function startFastify({ dataset, databases }: Bench, database = dataset.plain): Promise<Server> {
  return startServer('fastify', createProbe(dataset), (port) => ({
    args: [databases.peerScript],
    env: {
      PORT: String(port),
      DATABASE: database,
      SERVICES_HOST: HOSTS.services,
      HDP_HOST: HOSTS.hdp,
    },
  }));
}

/** Starts the floor. @param response sent for each request: same body, status, type and length */
export function startFloor(bench: Bench, response: HttpResponse, name = 'floor'): Promise<Server> {
  const names = response.status === 304 ? ['ETag'] : ['Content-Type', 'Content-Length'];
  return startConstantServer(bench, response, names, name, 'servers/floor.js');
}

/** Starts the floor with all headers of a response, a new request id, and a log as pino documents it. */
export const startLoggingFloor = (bench: Bench, response: HttpResponse) =>
  startConstantServer(
    bench,
    response,
    ['Content-Type', 'Content-Length', 'X-Total-Count', 'Link', 'ETag'].filter((name) =>
      response.header(name),
    ),
    'floor with log',
    'servers/logging-floor.js',
  );

function startConstantServer(
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
    args: [compiledScript(program)],
    env: {
      PORT: String(port),
      BODY: body,
      STATUS: String(response.status),
      HEADERS: JSON.stringify(headers),
    },
  }));
}

/** Starts json-server. @param database a file such as `{"tasks":[…]}` */
export function startJsonServer(database: string): Promise<Server> {
  const probe = { host: 'json', path: '/tasks?_start=0&_limit=1', headers: {} };
  return startServer('json-server', probe, (port) => ({
    args: [JSON_SERVER_PATH, '--host', '127.0.0.1', '--port', String(port), '--quiet', database],
    env: {},
  }));
}
