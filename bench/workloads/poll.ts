/** Polls a list without writes. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { requireEqual, requireSameResponses } from '../compare.ts';
import { CHAIN } from '../generate.ts';
import { Connection, type HttpRequest, sendTimed } from '../http-client.ts';
import { parseTasks } from '../list-responses.ts';
import { APIS, type Api, LIST_NAMES, listRequest, polledListRequest } from '../requests.ts';
import { type Server, sendOnce, withServers } from '../server-process.ts';
import {
  type Bench,
  startFastify,
  startFloor,
  startJsonServer,
  startLoggingFloor,
  startTaskgate,
} from '../start-servers.ts';
import { formatRatio } from '../stats.ts';
import { type Comparison, compare, ratio, throughputGoal, throughputTable } from './throughput.ts';
import type { Workload } from './workload.ts';

const MAX_JSON_SERVER_TASKS = 10_000;

export const poll: Workload = {
  name: 'poll',
  async run(bench) {
    const comparisons: Comparison[] = [];
    for (const api of APIS) comparisons.push(await pollList(bench, api));
    return {
      title: 'poll: the same list repeatedly, without writes',
      tables: [throughputTable(comparisons)],
      notes: [
        ...comparisons.map(
          (comparison) =>
            `${comparison.list}: taskgate serves ${formatRatio(ratio(comparison, 'taskgate', 'floor with log'))} as many requests as the floor with all headers, a request id and a log.`,
        ),
        `json-server holds at most ${MAX_JSON_SERVER_TASKS.toLocaleString('en-US')} of the tasks, already in the order of the list, and indents its JSON. json-server and fastify write no log.`,
      ],
      goals: comparisons.flatMap((comparison) => [
        throughputGoal('poll', comparison, 'floor', 0.8),
        throughputGoal('poll', comparison, 'fastify', bench.goals.pollPeer),
      ]),
    };
  },
};

function pollList(bench: Bench, api: Api): Promise<Comparison> {
  const request = polledListRequest(api, bench.dataset);
  return withServers([() => startTaskgate(bench), () => startFastify(bench)], async (taskgate, fastify) => {
    const response = await sendOnce(taskgate, request);
    await requireSameResponses(taskgate, fastify, [request]);
    const database = await createJsonDatabase(bench, api, taskgate);
    const starts = [
      () => startFloor(bench, response),
      () => startLoggingFloor(bench, response),
      () => startJsonServer(database),
    ];
    return withServers(starts, async (floor, loggingFloor, jsonServer) => {
      const jsonRequest = { host: 'json', path: `/tasks?${JSON_QUERIES[api]}`, headers: {} };
      const jsonResponse = await sendOnce(jsonServer, jsonRequest);
      requireEqual('the polled list', parseTasks(response), parseTasks(jsonResponse));
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

/** Writes the first tasks of the list to a file for json-server. */
async function createJsonDatabase(bench: Bench, api: Api, taskgate: Server): Promise<string> {
  const connection = await Connection.open(taskgate.port);
  const pageSize = api === 'hdp' ? 100 : 1000;
  const tasks: unknown[] = [];
  for (let page = 0; page < MAX_JSON_SERVER_TASKS / pageSize; page += 1) {
    const { response } = await sendTimed(connection, largePageRequest(bench, api, page));
    tasks.push(...parseTasks(response));
  }
  connection.close();
  const file = join(bench.scratch, `json-server-${api}.json`);
  writeFileSync(file, JSON.stringify({ tasks }));
  return file;
}

const largePageRequest = ({ dataset }: Bench, api: Api, page: number): HttpRequest =>
  listRequest(
    api,
    dataset,
    api === 'hdp' ? `hdp_tasks_page=${page + 1}&hdp_tasks_per_page=100` : `limit=1000&offset=${1000 * page}`,
  );
