/** Polls a list without writes, compared with nginx that sends the same bytes from a file. */

import { hasNginx, nginxVersion, startNginx } from '../nginx.ts';
import { APIS, type Api, LIST_NAMES, polledListRequest } from '../requests.ts';
import { sendOnce, withServers } from '../server-process.ts';
import { type Bench, startFloor, startTaskgate } from '../start-servers.ts';
import { type Comparison, compare, throughputGoal, throughputTable } from './throughput.ts';
import type { Workload } from './workload.ts';

const TITLE = 'nginx: the same list repeatedly, without writes';
const MIN_RATIO = 0.75;

export const nginx: Workload = {
  name: 'nginx',
  async run(bench) {
    if (!hasNginx) {
      const goal = { work: 'nginx', goal: `at least ${MIN_RATIO} x nginx`, measured: '-', met: undefined };
      return { title: TITLE, tables: [], notes: ['Skipped: nginx is not installed.'], goals: [goal] };
    }
    const comparisons: Comparison[] = [];
    for (const api of APIS) comparisons.push(await pollList(bench, api));
    return {
      title: TITLE,
      tables: [throughputTable(comparisons, ['floor', 'nginx'])],
      notes: [
        `${nginxVersion()}: one worker that sends a file with all headers of the response, a new request id, and a JSON access log.`,
      ],
      goals: comparisons.map((comparison) => throughputGoal('nginx', comparison, 'nginx', MIN_RATIO)),
    };
  },
};

function pollList(bench: Bench, api: Api): Promise<Comparison> {
  const request = polledListRequest(api, bench.dataset);
  return withServers([() => startTaskgate(bench)], async (taskgate) => {
    const response = await sendOnce(taskgate, request);
    const starts = [() => startNginx(bench, response), () => startFloor(bench, response)];
    return withServers(starts, async (nginxServer, floor) => {
      const nginxResponse = await sendOnce(nginxServer, request);
      if (!nginxResponse.body.equals(response.body))
        throw new Error('The body from nginx differs from the body from taskgate.');
      const bytes = response.body.length;
      return compare(
        bench,
        LIST_NAMES[api],
        [taskgate, nginxServer, floor].map((server) => ({ server, requests: [request], bytes })),
      );
    });
  });
}
