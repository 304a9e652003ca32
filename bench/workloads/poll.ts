/** Polls of the same list, without writes. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Connection, type HttpRequest, timed } from '../client.ts';
import { requireEqual, requireSameResponses } from '../compare.ts';
import {
  type Bench,
  requestOnce,
  type Server,
  startFastify,
  startFloor,
  startJsonServer,
  startLoggingFloor,
  startTaskgate,
  withServers,
} from '../contestants.ts';
import { CHAIN } from '../generate.ts';
import { tasksIn } from '../lists.ts';
import { APIS, type Api, LIST_NAMES, listRequest, polled } from '../requests.ts';
import { times } from '../stats.ts';
import { type Comparison, compare, ratio, throughputGoal, throughputTable } from './throughput.ts';
import type { Workload } from './workload.ts';

const JSON_SERVER_TASKS = 10_000;

export const poll: Workload = {
  name: 'poll',
  async run(bench) {
    const comparisons: Comparison[] = [];
    for (const api of APIS) comparisons.push(await pollList(bench, api));
    return {
      title: 'poll: the same list again and again, nothing written',
      tables: [throughputTable(comparisons)],
      notes: [
        ...comparisons.map(
          (comparison) =>
            `${comparison.list}: taskgate has ${times(ratio(comparison, 'taskgate', 'floor with log'))} the requests of the floor that also sends all headers, makes a request id and logs a line.`,
        ),
        `json-server holds at most ${JSON_SERVER_TASKS.toLocaleString('en-US')} of the tasks, already in the order of the response, and indents its JSON. Neither it nor fastify logs.`,
      ],
      goals: comparisons.flatMap((comparison) => [
        throughputGoal('poll', comparison, 'floor', 0.8),
        throughputGoal('poll', comparison, 'fastify', 10),
      ]),
    };
  },
};

function pollList(bench: Bench, api: Api): Promise<Comparison> {
  const request = polled(api, bench.dataset);
  return withServers([() => startTaskgate(bench), () => startFastify(bench)], async (taskgate, fastify) => {
    const response = await requestOnce(taskgate, request);
    await requireSameResponses(taskgate, fastify, [request]);
    const database = await makeJsonDatabase(bench, api, taskgate);
    const starts = [
      () => startFloor(bench, response),
      () => startLoggingFloor(bench, response),
      () => startJsonServer(database),
    ];
    return withServers(starts, async (floor, loggingFloor, jsonServer) => {
      const jsonRequest = { host: 'json', path: `/tasks?${JSON_QUERIES[api]}`, headers: {} };
      const jsonResponse = await requestOnce(jsonServer, jsonRequest);
      requireEqual('the polled list', tasksIn(response), tasksIn(jsonResponse));
      const bytes = response.body.length;
      return compare(bench, LIST_NAMES[api], [
        { server: floor, requests: [request], bytes },
        { server: loggingFloor, requests: [request], bytes },
        { server: taskgate, requests: [request], bytes },
        { server: fastify, requests: [request], bytes },
        { server: jsonServer, requests: [jsonRequest], bytes: jsonResponse.body.length },
      ]);
    });
  });
}

const JSON_QUERIES: Record<Api, string> = {
  hdp: '_page=1&_limit=10',
  services: `chain=${CHAIN}&_start=0&_limit=100`,
};

/** The first tasks of the list in json-server's form: one file. */
async function makeJsonDatabase(bench: Bench, api: Api, taskgate: Server): Promise<string> {
  const connection = await Connection.open(taskgate.port);
  const pageSize = api === 'hdp' ? 100 : 1000;
  const tasks: unknown[] = [];
  for (let page = 0; page < JSON_SERVER_TASKS / pageSize; page += 1) {
    const { response } = await timed(connection, largePage(bench, api, page));
    tasks.push(...tasksIn(response));
  }
  connection.close();
  const file = join(bench.scratch, `json-server-${api}.json`);
  writeFileSync(file, JSON.stringify({ tasks }));
  return file;
}

const largePage = ({ dataset }: Bench, api: Api, page: number): HttpRequest =>
  listRequest(
    api,
    dataset,
    api === 'hdp' ? `hdp_tasks_page=${page + 1}&hdp_tasks_per_page=100` : `limit=1000&offset=${1000 * page}`,
  );
