/** Clients poll while another one searches. */
import { Connection, timed } from '../client.ts';
import { type Bench, type Server, startTaskgate, withServers } from '../contestants.ts';
import { APIS, listRequest } from '../requests.ts';
import { count } from '../stats.ts';
import { termKinds } from '../terms.ts';
import { type Disturbed, latencyGoals, latencyTable, measureDisturbed } from './latency.ts';
import type { Workload } from './workload.ts';

export const mixed: Workload = {
  name: 'mixed',
  run: (bench) =>
    withServers([() => startTaskgate(bench)], async (taskgate) => {
      const searches = allSearches(bench);
      const found: Disturbed[] = [];
      let asked = 0;
      for (const api of APIS) {
        const disturb = async () => async (over: Promise<unknown>) => {
          asked += await searchOnAndOn(bench, taskgate, searches, over);
        };
        found.push(...(await measureDisturbed(bench, taskgate, api, disturb)));
      }
      const each = asked / (found.length * bench.rounds * bench.seconds);
      return {
        title: 'mixed: polls while another client searches',
        tables: [latencyTable(found, 'searching')],
        notes: [
          'Polls come at an even pace, half of what the server can do for this client; a poll that waits for a connection counts from when it was due.',
          `The searcher asks one term after another without a pause, all kinds of the search table in turn: ${count(each)} searches/s.`,
        ],
        goals: latencyGoals('mixed', found, 3),
      };
    }),
};

/** Queries of every kind in turn, none of them twice: when a kind's terms are used up, its pages get another size. */
function* allSearches({ dataset }: Bench): Generator<string> {
  const kinds = termKinds(dataset);
  for (let turn = 0; ; turn += 1) {
    for (const { terms } of kinds) {
      const term = encodeURIComponent(terms[turn % terms.length] ?? '');
      const perPage = 10 + (Math.floor(turn / terms.length) % 90);
      yield `hdp_tasks_search=${term}&hdp_tasks_per_page=${perPage}`;
    }
  }
}

async function searchOnAndOn(
  { dataset }: Bench,
  { port }: Server,
  searches: Iterator<string, void>,
  over: Promise<unknown>,
): Promise<number> {
  let isOver = false;
  over.then(() => {
    isOver = true;
  });
  const connection = await Connection.open(port);
  let asked = 0;
  for (; !isOver; asked += 1)
    await timed(connection, listRequest('hdp', dataset, searches.next().value ?? ''));
  connection.close();
  return asked;
}
