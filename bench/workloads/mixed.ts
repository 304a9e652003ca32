/** Clients poll while another client searches. */
import { Connection, sendTimed } from '../http-client.ts';
import { APIS, listRequest } from '../requests.ts';
import { createTermGroups, type TermGroup } from '../search-terms.ts';
import { type Server, withServers } from '../server-process.ts';
import { type Bench, startTaskgate } from '../start-servers.ts';
import { formatCount } from '../stats.ts';
import { type DisturbedLatency, latencyGoals, latencyTable, measureDisturbed } from './latency.ts';
import type { Workload } from './workload.ts';

export const mixed: Workload = {
  name: 'mixed',
  run: (bench) =>
    withServers([() => startTaskgate(bench)], async (taskgate) => {
      const searches = allSearches(await createTermGroups(bench));
      const results: DisturbedLatency[] = [];
      let searchCount = 0;
      for (const api of APIS) {
        const disturb = async () => async (finished: Promise<unknown>) => {
          searchCount += await searchContinuously(bench, taskgate, searches, finished);
        };
        results.push(...(await measureDisturbed(bench, taskgate, api, disturb)));
      }
      const searchesPerSecond = searchCount / (results.length * bench.rounds * bench.seconds);
      return {
        title: 'mixed: polls while another client searches',
        tables: [latencyTable(results, 'searching')],
        notes: [
          'Polls have a constant rate: half of the maximum that the server reaches with this client. Latencies include the wait for a free connection.',
          `Another client searches without a pause, with terms from all groups of the search workload alternately: ${formatCount(searchesPerSecond)} searches/s.`,
        ],
        goals: latencyGoals('mixed', results, 3),
      };
    }),
};

/** Yields queries with terms of each group alternately. When the terms repeat, the page size changes, so no query repeats. */
function* allSearches(groups: readonly TermGroup[]): Generator<string> {
  for (let index = 0; ; index += 1) {
    for (const { terms } of groups) {
      const term = encodeURIComponent(terms[index % terms.length] ?? '');
      const perPage = 10 + (Math.floor(index / terms.length) % 90);
      yield `hdp_tasks_search=${term}&hdp_tasks_per_page=${perPage}`;
    }
  }
}

async function searchContinuously(
  { dataset }: Bench,
  { port }: Server,
  searches: Iterator<string, void>,
  finished: Promise<unknown>,
): Promise<number> {
  let isFinished = false;
  finished.then(() => {
    isFinished = true;
  });
  const connection = await Connection.open(port);
  let searchCount = 0;
  for (; !isFinished; searchCount += 1)
    await sendTimed(connection, listRequest('hdp', dataset, searches.next().value ?? ''));
  connection.close();
  return searchCount;
}
