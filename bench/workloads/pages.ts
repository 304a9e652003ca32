/** Requests the first 1,000 pages in random order. */

import { requireSameResponses } from '../compare.ts';
import { Random } from '../random.ts';
import { APIS, type Api, LIST_NAMES, listRequest, pageQuery } from '../requests.ts';
import { sendOnce, withServers } from '../server-process.ts';
import { type Bench, startFastify, startFloor, startTaskgate } from '../start-servers.ts';
import { type Comparison, compare, throughputGoal, throughputTable } from './throughput.ts';
import { countTasks } from './totals.ts';
import type { Workload } from './workload.ts';

const MAX_PAGES = 1000;
const VERIFIED_PAGES = 10;

export const pages: Workload = {
  name: 'pages',
  async run(bench) {
    const results: { api: Api; comparison: Comparison }[] = [];
    for (const api of APIS) results.push({ api, comparison: await comparePages(bench, api) });
    return {
      title: 'pages: a different page each time, from the first 1,000',
      tables: [throughputTable(results.map(({ comparison }) => comparison))],
      notes: ['Each server gets requests for the same pages in the same random order, repeatedly.'],
      goals: results.map(({ api, comparison }) =>
        throughputGoal('pages', comparison, 'fastify', bench.goals.pagesPeer[api]),
      ),
    };
  },
};

async function comparePages(bench: Bench, api: Api): Promise<Comparison> {
  const { dataset } = bench;
  const available = Math.floor((await countTasks(dataset, api)) / (api === 'hdp' ? 10 : 100));
  const order = new Random(3).shuffle(
    Array.from({ length: Math.min(MAX_PAGES, available) }, (_, page) => page),
  );
  const [first, ...others] = order.map((page) => listRequest(api, dataset, pageQuery(api, page)));
  if (!first) throw new Error('There are too few tasks for one page.');
  return withServers([() => startTaskgate(bench), () => startFastify(bench)], async (taskgate, fastify) => {
    await requireSameResponses(taskgate, fastify, [first, ...others].slice(0, VERIFIED_PAGES));
    const response = await sendOnce(taskgate, first);
    return withServers([() => startFloor(bench, response)], (floor) =>
      compare(
        bench,
        LIST_NAMES[api],
        [floor, taskgate, fastify].map((server) => ({
          server,
          requests: [first, ...others],
          bytes: response.body.length,
        })),
      ),
    );
  });
}
