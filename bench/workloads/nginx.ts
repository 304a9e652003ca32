/** The same list polled, nothing written, against nginx with the bytes in a file. */
import { type Bench, requestOnce, startFloor, startTaskgate, withServers } from '../contestants.ts';
import { hasNginx, nginxVersion, startNginx } from '../nginx.ts';
import { APIS, type Api, LIST_NAMES, polled } from '../requests.ts';
import { type Comparison, compare, throughputGoal, throughputTable } from './throughput.ts';
import type { Workload } from './workload.ts';

const TITLE = 'nginx: the same list again and again, nothing written';
const GOAL = 0.75;

export const nginx: Workload = {
  name: 'nginx',
  async run(bench) {
    if (!hasNginx) {
      const goal = { work: 'nginx', goal: `at least ${GOAL} x nginx`, measured: '-', met: undefined };
      return { title: TITLE, tables: [], notes: ['Skipped: nginx is not installed.'], goals: [goal] };
    }
    const comparisons: Comparison[] = [];
    for (const api of APIS) comparisons.push(await pollList(bench, api));
    return {
      title: TITLE,
      tables: [throughputTable(comparisons, ['floor', 'nginx'])],
      notes: [
        `${nginxVersion()}: one worker, the bytes in a file, all headers of the response with a fresh request id, a JSON access log.`,
      ],
      goals: comparisons.map((comparison) => throughputGoal('nginx', comparison, 'nginx', GOAL)),
    };
  },
};

function pollList(bench: Bench, api: Api): Promise<Comparison> {
  const request = polled(api, bench.dataset);
  return withServers([() => startTaskgate(bench)], async (taskgate) => {
    const response = await requestOnce(taskgate, request);
    const starts = [() => startNginx(bench, response), () => startFloor(bench, response)];
    return withServers(starts, async (peer, floor) => {
      const same = await requestOnce(peer, request);
      if (!same.body.equals(response.body))
        throw new Error('nginx responses with other bytes than taskgate.');
      const bytes = response.body.length;
      return compare(
        bench,
        LIST_NAMES[api],
        [taskgate, peer, floor].map((server) => ({ server, requests: [request], bytes })),
      );
    });
  });
}
