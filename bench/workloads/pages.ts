/** A different page every time among the first 1,000. */

import { requireSameResponses } from '../compare.ts';
import {
  type Bench,
  requestOnce,
  startFastify,
  startFloor,
  startTaskgate,
  withServers,
} from '../contestants.ts';
import { Random } from '../random.ts';
import { APIS, type Api, LIST_NAMES, listRequest, pageQuery } from '../requests.ts';
import { type Comparison, compare, throughputGoal, throughputTable } from './throughput.ts';
import { totalOf } from './totals.ts';
import type { Workload } from './workload.ts';

const MOST_PAGES = 1000;
const GOALS: Record<Api, number> = { hdp: 2.5, services: 3 };
const VERIFIED = 10;

export const pages: Workload = {
  name: 'pages',
  async run(bench) {
    const results: { api: Api; comparison: Comparison }[] = [];
    for (const api of APIS) results.push({ api, comparison: await comparePages(bench, api) });
    return {
      title: 'pages: a different page every time among the first 1,000',
      tables: [throughputTable(results.map(({ comparison }) => comparison))],
      notes: ['Each server is asked for the same pages in the same random order, over and over.'],
      goals: results.map(({ api, comparison }) => throughputGoal('pages', comparison, 'fastify', GOALS[api])),
    };
  },
};

function comparePages(bench: Bench, api: Api): Promise<Comparison> {
  const { dataset } = bench;
  const available = Math.floor(totalOf(dataset, api) / (api === 'hdp' ? 10 : 100));
  const order = new Random(3).shuffle(
    Array.from({ length: Math.min(MOST_PAGES, available) }, (_, page) => page),
  );
  const [first, ...others] = order.map((page) => listRequest(api, dataset, pageQuery(api, page)));
  if (!first) throw new Error('There are too few tasks for a page.');
  return withServers([() => startTaskgate(bench), () => startFastify(bench)], async (taskgate, fastify) => {
    await requireSameResponses(taskgate, fastify, [first, ...others].slice(0, VERIFIED));
    const response = await requestOnce(taskgate, first);
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
