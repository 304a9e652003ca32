/** `POST /tasks` with 16 clients and with one, against the store, a peer and the durable commit of one row. */
import { join } from 'node:path';
import { insertSameRows, insertThroughStore } from '../commits.ts';
import {
  askOnce,
  type Bench,
  type Server,
  startFastify,
  startFloor,
  startTaskgate,
  withServers,
} from '../contestants.ts';
import { copyDatabase, removeDatabase } from '../dataset.ts';
import { APIS, type Api, createQuestion } from '../questions.ts';
import type { Goal } from '../report.ts';
import { writeLoad } from '../run-write-load.ts';
import { count, median, ms, times } from '../stats.ts';
import { type Writable, withWritable } from '../writable.ts';
import type { Workload } from './workload.ts';

const CLIENTS = 16;
const PER_COMMIT = 50;
/** Different bodies, which are sent again and again. */
const BODIES = 1000;
const STORE_GOAL = 0.4;
const PEER_GOAL = 2;
const ONE_CLIENT_GOAL = 2;

export const posts: Workload = {
  name: 'posts',
  run: (bench) =>
    withWritable(bench, async (writable) => {
      const plain = join(bench.scratch, 'written-plain.db');
      copyDatabase(bench.dataset.plain, plain);
      const found: Found[] = [];
      try {
        for (const api of APIS) found.push(await measureApi(bench, writable, plain, api));
      } finally {
        removeDatabase(plain);
      }
      return {
        title: 'posts: POST /tasks, durable',
        tables: [manyClientsTable(found), oneClientTable(found)],
        notes: [
          `The store inserts ${PER_COMMIT} tasks per commit into the same database, in the process of the bench. Fastify inserts one row of one table per request with synchronous = FULL; for an HDP task taskgate also stores its input and its first state transition.`,
          'The floor answers a POST with the bytes of a response of taskgate and reads no body: the limit of this client.',
          'A bare commit inserts one row, the same that the request created, into the table without derived data, with synchronous = FULL.',
        ],
        goals: found.flatMap(goalsOf),
      };
    }),
};

interface Found {
  api: Api;
  /** Inserts a second. */
  store: number;
  /** POSTs a second of 16 clients, and their latencies in milliseconds. */
  servers: { name: string; perSecond: number; p50: number; p99: number }[];
  /** Medians of one client and of one commit, in milliseconds. */
  oneClient: { post: number; floor: number; commit: number };
}

async function measureApi(bench: Bench, writable: Writable, plain: string, api: Api): Promise<Found> {
  const { underTest, bare } = writable;
  const { database, tasks } = underTest;
  const requests = Array.from({ length: BODIES }, () => createQuestion(api, bench.dataset, tasks.body(api)));
  const [first] = requests;
  if (!first) throw new Error('There is no request to send.');
  const starts = [() => startTaskgate(bench, { database }), () => startFastify(bench, plain)];
  return withServers(starts, async (taskgate, fastify) => {
    const status = api === 'hdp' ? 200 : 201;
    const answer = await askOnce(taskgate, first, status);
    await askOnce(fastify, first, status);
    return withServers([() => startFloor(bench, answer)], async (floor) => {
      const post = (server: Server, connections: number, seconds = bench.seconds) =>
        writeLoad(bench, server, { requests, connections, repeats: true }, seconds);
      const servers = [taskgate, fastify, floor];
      for (const server of servers) await post(server, CLIENTS, 1);
      const loads = servers.map(() => [] as Awaited<ReturnType<typeof post>>[]);
      const store: number[] = [];
      const one = { post: [] as number[], floor: [] as number[], commit: [] as number[] };
      for (let round = 1; round <= bench.rounds; round += 1) {
        bench.say(`round ${round} of ${bench.rounds}: POST /tasks of ${api}`);
        store.push((await insertThroughStore(underTest, api, PER_COMMIT, bench.seconds)).perSecond);
        for (const [index, server] of servers.entries()) loads[index]?.push(await post(server, CLIENTS));
        const [load, commit] = await insertSameRows(underTest, bare, api, 1, () => post(taskgate, 1));
        one.post.push(load.p50);
        one.commit.push(commit.p50);
        one.floor.push((await post(floor, 1)).p50);
      }
      return {
        api,
        store: median(store),
        servers: servers.map(({ name }, index) => ({
          name,
          perSecond: median((loads[index] ?? []).map((load) => load.perSecond)),
          p50: median((loads[index] ?? []).map((load) => load.p50)),
          p99: median((loads[index] ?? []).map((load) => load.p99)),
        })),
        oneClient: { post: median(one.post), floor: median(one.floor), commit: median(one.commit) },
      };
    });
  });
}

const rateOf = ({ servers }: Found, wanted: string) =>
  servers.find(({ name }) => name === wanted)?.perSecond ?? Number.NaN;

const manyClientsTable = (found: readonly Found[]) => ({
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

const oneClientTable = (found: readonly Found[]) => ({
  head: ['tasks', 'one client, p50 ms', 'floor, p50 ms', 'bare commit, p50 ms', 'of the commit'],
  rows: found.map(({ api, oneClient: { post, floor, commit } }) => [
    api,
    ms(post),
    ms(floor),
    ms(commit),
    times(post / commit),
  ]),
});

function goalsOf(found: Found): Goal[] {
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
