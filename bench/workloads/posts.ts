/** Compares `POST /tasks` (16 clients, one client) with the store, fastify and the durable commit of one row. */

import { withBareCopy, withCopy, withStoreCopy } from '../database-copies.ts';
import type { Goals } from '../goals.ts';
import type { Goal, Section } from '../report.ts';
import { APIS } from '../requests.ts';
import type { Bench } from '../start-servers.ts';
import { formatCount, formatMs, formatRatio } from '../stats.ts';
import { CLIENTS, type Copies, measurePosts, type PostSpeeds, ROWS_PER_COMMIT } from './post-speeds.ts';
import type { Workload } from './workload.ts';

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
      `The store inserts ${ROWS_PER_COMMIT} tasks per commit into a copy of the database, in the process of the bench. Fastify inserts one row of one table per request; for an HDP task, taskgate also stores the input and the first state transition.`,
      'The floor sends the response bytes of taskgate and does not read the body. It shows the limit of this client.',
      `A bare insert inserts one row, equal to the row that a request created, into the same table without derived data, and commits it. ${CLIENTS} connections insert into PostgreSQL; SQLite has one writer.`,
    ],
    goals: results.flatMap((result) => goalsOf(result, bench.goals)),
  };
}

const rateOf = ({ servers }: PostSpeeds, wanted: string) =>
  servers.find(({ name }) => name === wanted)?.perSecond ?? Number.NaN;

const manyClientsTable = (results: readonly PostSpeeds[]) => ({
  head: [
    'tasks',
    `${CLIENTS} clients`,
    'per second',
    'p50 ms',
    'p99 ms',
    'of the store',
    'of bare inserts',
    'of fastify',
  ],
  rows: results.flatMap((one) => {
    const row = (name: string, perSecond: number, latencies: readonly string[]) => [
      one.api,
      name,
      formatCount(perSecond),
      ...latencies,
      formatRatio(perSecond / one.store),
      formatRatio(perSecond / one.bare),
      formatRatio(perSecond / rateOf(one, 'fastify')),
    ];
    return [
      row('store', one.store, ['-', '-']),
      row('bare inserts', one.bare, ['-', '-']),
      ...one.servers.map(({ name, perSecond, p50, p99 }) =>
        row(name, perSecond, [formatMs(p50), formatMs(p99)]),
      ),
    ];
  }),
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

function goalsOf(results: PostSpeeds, { postsStore, postsPeer, postsBare, postCommit }: Goals): Goal[] {
  const rate = rateOf(results, 'taskgate');
  const work = `posts: ${results.api}, ${CLIENTS} clients`;
  const atLeast = (minimum: number | undefined, other: string, ratio: number): Goal[] =>
    minimum === undefined
      ? []
      : [
          {
            work,
            goal: `at least ${minimum} x ${other}`,
            measured: formatRatio(ratio),
            met: ratio >= minimum,
          },
        ];
  const ofCommit = results.oneClient.post / results.oneClient.commit;
  return [
    ...atLeast(postsStore, 'the store', rate / results.store),
    ...atLeast(postsPeer, 'fastify', rate / rateOf(results, 'fastify')),
    ...atLeast(postsBare, `bare inserts over ${CLIENTS} connections`, rate / results.bare),
    ...(postCommit === undefined
      ? []
      : [
          {
            work: `posts: ${results.api}, one client`,
            goal: `p50 at most ${postCommit} x one bare commit`,
            measured: formatRatio(ofCommit),
            met: ofCommit <= postCommit,
          },
        ]),
  ];
}
