/**
 * Writes through the API of a taskgate server until SIGTERM: POSTs of HDP and Services tasks alternately, and HDP
 * transitions. Argument: `ApiWriterOptions` as JSON.
 */

import { ActiveTasks } from './active-tasks.ts';
import type { Dataset } from './dataset.ts';
import { Connection, type HttpRequest, serializeRequest } from './http-client.ts';
import { NewTasks } from './new-tasks.ts';
import { Random } from './random.ts';
import { writeAtRate } from './rate-limited-writes.ts';
import { createTaskRequest, transitionRequest } from './requests.ts';

export interface ApiWriterOptions {
  port: number;
  /** Its `taskgate` is the database of the server. */
  dataset: Dataset;
  /** POSTs per second, and transitions per second. */
  rate: number;
}

const CONNECTIONS = 16;

const { port, dataset, rate }: ApiWriterOptions = JSON.parse(process.argv[2] ?? '');
const tasks = await NewTasks.open(dataset.taskgate, dataset.rows, Date.now());
const activeTasks = new ActiveTasks(new Random(Date.now()));
const connections = await Promise.all(Array.from({ length: CONNECTIONS }, () => Connection.open(port)));
const free = [...connections];
const waiting: ((connection: Connection) => void)[] = [];

writeAtRate(rate, insert, change, async () => {
  for (const connection of connections) connection.close();
});

async function insert(n: number): Promise<void> {
  const api = n % 2 === 0 ? 'hdp' : 'services';
  const created = await send(createTaskRequest(api, dataset, tasks.createBody(api)));
  if (api === 'services') return;
  const { uuid }: { uuid: string } = JSON.parse(created);
  activeTasks.add(uuid);
}

async function change(): Promise<void> {
  await activeTasks.change(async ({ uuid, status }) => {
    await send(transitionRequest(dataset, uuid, status));
  });
}

async function send(request: HttpRequest): Promise<string> {
  const connection = free.pop() ?? (await new Promise<Connection>((resolve) => waiting.push(resolve)));
  const response = await connection.send(serializeRequest(request));
  const next = waiting.shift();
  if (next) next(connection);
  else free.push(connection);
  const body = response.body.toString();
  if (response.status > 299) throw new Error(`${request.path} returned ${response.status}: ${body}`);
  return body;
}
