/**
 * Writes through the API of a taskgate server until SIGTERM: POSTs by turns of an HDP and a Services task, and HDP
 * transitions. Takes `ApiWriterOptions` as JSON.
 */
import { Connection, type HttpRequest, requestText } from './client.ts';
import type { Dataset } from './dataset.ts';
import { NewTasks } from './new-tasks.ts';
import { writeAtPace } from './paced-writes.ts';
import { Random } from './random.ts';
import { createRequest, transitionRequest } from './requests.ts';
import { TasksInProgress } from './tasks-in-progress.ts';
import { transitionBody } from './transition-body.ts';

export interface ApiWriterOptions {
  port: number;
  /** With the database of the server as `taskgate`. */
  dataset: Dataset;
  /** POSTs a second, and as many transitions. */
  rate: number;
}

const CONNECTIONS = 16;

const { port, dataset, rate }: ApiWriterOptions = JSON.parse(process.argv[2] ?? '');
const tasks = new NewTasks(dataset.taskgate, dataset.rows, Date.now());
const inProgress = new TasksInProgress(new Random(Date.now()));
const all = await Promise.all(Array.from({ length: CONNECTIONS }, () => Connection.open(port)));
const free = [...all];
const waiting: ((connection: Connection) => void)[] = [];

writeAtPace(rate, insert, change, async () => {
  for (const connection of all) connection.close();
});

async function insert(n: number): Promise<void> {
  const api = n % 2 === 0 ? 'hdp' : 'services';
  const created = await send(createRequest(api, dataset, tasks.body(api)));
  if (api === 'services') return;
  const { uuid }: { uuid: string } = JSON.parse(created);
  inProgress.add(uuid);
}

async function change(): Promise<void> {
  await inProgress.change(async ({ uuid, status }) => {
    await send(transitionRequest(dataset, uuid, transitionBody(status)));
  });
}

async function send(request: HttpRequest): Promise<string> {
  const connection = free.pop() ?? (await new Promise<Connection>((resolve) => waiting.push(resolve)));
  const response = await connection.send(requestText(request));
  const next = waiting.shift();
  if (next) next(connection);
  else free.push(connection);
  const body = response.body.toString();
  if (response.status > 299) throw new Error(`${request.path} was answered with ${response.status}: ${body}`);
  return body;
}
