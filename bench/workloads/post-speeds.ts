/** Measures `POST /tasks` of one API, the store, fastify, the floor and bare commits. */
import { insertSameRows, insertThroughStore, type StoreUnderTest } from '../insert-throughput.ts';
import { load } from '../load.ts';
import type { LoadResult } from '../load-types.ts';
import { type Api, createTaskRequest } from '../requests.ts';
import { type Server, sendOnce, withServers } from '../server-process.ts';
import { type Bench, startFastify, startFloor, startTaskgate } from '../start-servers.ts';
import { median } from '../stats.ts';

export const CLIENTS = 16;
export const ROWS_PER_COMMIT = 50;
/** The number of different bodies. A load repeats them. */
const BODY_COUNT = 1000;

export interface PostSpeeds {
  api: Api;
  /** Inserts per second. */
  store: number;
  /** Bare inserts per second over 16 connections, one durable commit each. */
  bare: number;
  /** POSTs per second of 16 clients, and their latencies in milliseconds. */
  servers: { name: string; perSecond: number; p50: number; p99: number }[];
  /** Median latencies with one client, and the median time of a bare commit, in milliseconds. */
  oneClient: { post: number; floor: number; commit: number };
}

/** Copies of the databases. Each writer has one, so that none does the background work of another. */
export interface Copies {
  /** For inserts through the store. */
  inserted: StoreUnderTest;
  /** For the taskgate server. */
  served: StoreUnderTest;
  bare: string;
  /** For fastify. */
  plain: string;
}

export function measurePosts(bench: Bench, copies: Copies, api: Api): Promise<PostSpeeds> {
  const { database, tasks } = copies.served;
  const others = Array.from({ length: BODY_COUNT - 1 }, () =>
    createTaskRequest(api, bench.dataset, tasks.createBody(api)),
  );
  const first = createTaskRequest(api, bench.dataset, tasks.createBody(api));
  const status = api === 'hdp' ? 200 : 201;
  const post: Post = (server, connections, seconds = bench.seconds) =>
    load(bench, { server, requests: [first, ...others], connections }, seconds);
  const starts = [() => startTaskgate(bench, { database }), () => startFastify(bench, copies.plain)];
  return withServers(starts, async (taskgate, fastify) => {
    const response = await sendOnce(taskgate, first, status);
    await sendOnce(fastify, first, status);
    return withServers([() => startFloor(bench, response)], (floor) =>
      measureRounds(bench, copies, api, { taskgate, fastify, floor }, post),
    );
  });
}

type Post = (server: Server, connections: number, seconds?: number) => Promise<LoadResult>;

async function measureRounds(
  bench: Bench,
  { inserted, served, bare }: Copies,
  api: Api,
  { taskgate, fastify, floor }: Record<'taskgate' | 'fastify' | 'floor', Server>,
  post: Post,
): Promise<PostSpeeds> {
  const servers = [taskgate, fastify, floor].map((server) => ({ server, loads: [] as LoadResult[] }));
  const store: number[] = [];
  const bareRates: number[] = [];
  const one = { post: [] as number[], floor: [] as number[], commit: [] as number[] };
  for (const { server } of servers) await post(server, CLIENTS, 1);
  for (let round = 1; round <= bench.rounds; round += 1) {
    bench.log(`round ${round} of ${bench.rounds}: POST /tasks of ${api}`);
    store.push((await insertThroughStore(inserted, api, ROWS_PER_COMMIT, bench.seconds)).perSecond);
    const [, bareInserts] = await insertSameRows(
      served.database,
      bare,
      api,
      { rowsPerCommit: 1, connections: CLIENTS },
      async () => {
        for (const { server, loads } of servers) loads.push(await post(server, CLIENTS));
      },
    );
    bareRates.push(bareInserts.perSecond);
    const [{ p50 }, commit] = await insertSameRows(served.database, bare, api, { rowsPerCommit: 1 }, () =>
      post(taskgate, 1),
    );
    one.post.push(p50);
    one.commit.push(commit.p50);
    one.floor.push((await post(floor, 1)).p50);
  }
  return {
    api,
    store: median(store),
    bare: median(bareRates),
    servers: servers.map(({ server: { name }, loads }) => ({
      name,
      perSecond: median(loads.map(({ perSecond }) => perSecond)),
      p50: median(loads.map(({ p50 }) => p50)),
      p99: median(loads.map(({ p99 }) => p99)),
    })),
    oneClient: { post: median(one.post), floor: median(one.floor), commit: median(one.commit) },
  };
}
