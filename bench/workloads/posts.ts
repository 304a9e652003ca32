/** Compares `POST /tasks` (16 clients, one client) with the store, fastify and the durable commit of one row. */

import { withBareCopy, withCopy, withStoreCopy } from '../database-copies.ts';
import type { Goal, Section } from '../report.ts';
import { APIS } from '../requests.ts';
import type { Bench } from '../start-servers.ts';
import { formatCount, formatMs, formatRatio } from '../stats.ts';
import { CLIENTS, type Copies, measurePosts, type PostSpeeds, ROWS_PER_COMMIT } from './post-speeds.ts';
import type { Workload } from './workload.ts';

const MIN_STORE_RATIO = 0.4;
const MIN_FASTIFY_RATIO = 2;
const MAX_COMMIT_RATIO = 2;

export const posts: Workload = {
  name: 'posts',
  run: (bench) =>
    withStoreCopy(bench, (inserted) =>
      withStoreCopy(bench, (served) =>
        withBareCopy(bench, (bare) =>
          withCopy(bench, bench.dataset.plain, (plain) =>
            measureApis(bench, { inserted, served, bare, plain }),
          ),
        ),
      ),
    ),
};

async function measureApis(bench: Bench, copies: Copies): Promise<Section> {
  const results: PostSpeeds[] = [];
  for (const api of APIS) results.push(await measurePosts(bench, copies, api));
  return {
    title: 'posts: POST /tasks, durable',
    tables: [manyClientsTable(results), oneClientTable(results)],
    notes: [
      `The store inserts ${ROWS_PER_COMMIT} tasks per commit into a copy of the database, in the process of the bench. Fastify inserts one row of one table per request with synchronous = FULL; for an HDP task, taskgate also stores the input and the first state transition.`,
      'The floor sends the response bytes of taskgate and does not read the body. It shows the limit of this client.',
      'A bare commit inserts one row, equal to the row that a request created, into the table without derived data, with synchronous = FULL.',
    ],
    goals: results.flatMap(goalsOf),
  };
}

const rateOf = ({ servers }: PostSpeeds, wanted: string) =>
  servers.find(({ name }) => name === wanted)?.perSecond ?? Number.NaN;

const manyClientsTable = (results: readonly PostSpeeds[]) => ({
  head: ['tasks', `${CLIENTS} clients`, 'per second', 'p50 ms', 'p99 ms', 'of the store', 'of fastify'],
  rows: results.flatMap((one) => [
    [
      one.api,
      'store',
      formatCount(one.store),
      '-',
      '-',
      formatRatio(1),
      formatRatio(one.store / rateOf(one, 'fastify')),
    ],
    ...one.servers.map(({ name, perSecond, p50, p99 }) => [
      one.api,
      name,
      formatCount(perSecond),
      formatMs(p50),
      formatMs(p99),
      formatRatio(perSecond / one.store),
      formatRatio(perSecond / rateOf(one, 'fastify')),
    ]),
  ]),
});

const oneClientTable = (results: readonly PostSpeeds[]) => ({
  head: ['tasks', 'one client, p50 ms', 'floor, p50 ms', 'bare commit, p50 ms', 'of the commit'],
  rows: results.map(({ api, oneClient: { post, floor, commit } }) => [
    api,
    formatMs(post),
    formatMs(floor),
    formatMs(commit),
    formatRatio(post / commit),
  ]),
});

function goalsOf(results: PostSpeeds): Goal[] {
  const ofStore = rateOf(results, 'taskgate') / results.store;
  const ofFastify = rateOf(results, 'taskgate') / rateOf(results, 'fastify');
  const ofCommit = results.oneClient.post / results.oneClient.commit;
  return [
    {
      work: `posts: ${results.api}, ${CLIENTS} clients`,
      goal: `at least ${MIN_STORE_RATIO} x the store`,
      measured: formatRatio(ofStore),
      met: ofStore >= MIN_STORE_RATIO,
    },
    {
      work: `posts: ${results.api}, ${CLIENTS} clients`,
      goal: `at least ${MIN_FASTIFY_RATIO} x fastify`,
      measured: formatRatio(ofFastify),
      met: ofFastify >= MIN_FASTIFY_RATIO,
    },
    {
      work: `posts: ${results.api}, one client`,
      goal: `p50 at most ${MAX_COMMIT_RATIO} x one bare commit`,
      measured: formatRatio(ofCommit),
      met: ofCommit <= MAX_COMMIT_RATIO,
    },
  ];
}
