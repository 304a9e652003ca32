/** `POST /tasks` with 16 clients and with one, against the store, a peer and the durable commit of one row. */
import type { Bench } from '../contestants.ts';
import type { Goal, Section } from '../report.ts';
import { APIS } from '../requests.ts';
import { count, ms, times } from '../stats.ts';
import { withBareCopy, withCopy, withStoreCopy } from '../writable.ts';
import { CLIENTS, type Copies, measurePosts, PER_COMMIT, type PostSpeeds } from './post-speeds.ts';
import type { Workload } from './workload.ts';

const STORE_GOAL = 0.4;
const PEER_GOAL = 2;
const ONE_CLIENT_GOAL = 2;

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
  const found: PostSpeeds[] = [];
  for (const api of APIS) found.push(await measurePosts(bench, copies, api));
  return {
    title: 'posts: POST /tasks, durable',
    tables: [manyClientsTable(found), oneClientTable(found)],
    notes: [
      `The store inserts ${PER_COMMIT} tasks per commit into a copy of the database, in the process of the bench. Fastify inserts one row of one table per request with synchronous = FULL; for an HDP task taskgate also stores its input and its first state transition.`,
      'The floor responses a POST with the bytes of a response of taskgate and reads no body: the limit of this client.',
      'A bare commit inserts one row, the same that the request created, into the table without derived data, with synchronous = FULL.',
    ],
    goals: found.flatMap(goalsOf),
  };
}

const rateOf = ({ servers }: PostSpeeds, wanted: string) =>
  servers.find(({ name }) => name === wanted)?.perSecond ?? Number.NaN;

const manyClientsTable = (found: readonly PostSpeeds[]) => ({
  head: ['tasks', `${CLIENTS} clients`, 'a second', 'p50 ms', 'p99 ms', 'of the store', 'of fastify'],
  rows: found.flatMap((one) => [
    [one.api, 'store', count(one.store), '-', '-', times(1), times(one.store / rateOf(one, 'fastify'))],
    ...one.servers.map(({ name, perSecond, p50, p99 }) => [
      one.api,
      name,
      count(perSecond),
      ms(p50),
      ms(p99),
      times(perSecond / one.store),
      times(perSecond / rateOf(one, 'fastify')),
    ]),
  ]),
});

const oneClientTable = (found: readonly PostSpeeds[]) => ({
  head: ['tasks', 'one client, p50 ms', 'floor, p50 ms', 'bare commit, p50 ms', 'of the commit'],
  rows: found.map(({ api, oneClient: { post, floor, commit } }) => [
    api,
    ms(post),
    ms(floor),
    ms(commit),
    times(post / commit),
  ]),
});

function goalsOf(found: PostSpeeds): Goal[] {
  const ofStore = rateOf(found, 'taskgate') / found.store;
  const ofPeer = rateOf(found, 'taskgate') / rateOf(found, 'fastify');
  const ofCommit = found.oneClient.post / found.oneClient.commit;
  return [
    {
      work: `posts: ${found.api}, ${CLIENTS} clients`,
      goal: `at least ${STORE_GOAL} x the store`,
      measured: times(ofStore),
      met: ofStore >= STORE_GOAL,
    },
    {
      work: `posts: ${found.api}, ${CLIENTS} clients`,
      goal: `at least ${PEER_GOAL} x fastify`,
      measured: times(ofPeer),
      met: ofPeer >= PEER_GOAL,
    },
    {
      work: `posts: ${found.api}, one client`,
      goal: `p50 at most ${ONE_CLIENT_GOAL} x one bare commit`,
      measured: times(ofCommit),
      met: ofCommit <= ONE_CLIENT_GOAL,
    },
  ];
}
