/** Measures `POST /tasks` of one API next to the store, a peer, the floor and bare commits. */
import { insertSameRows, insertThroughStore, type StoreUnderTest } from '../commits.ts';
import {
  type Bench,
  requestOnce,
  type Server,
  startFastify,
  startFloor,
  startTaskgate,
  withServers,
} from '../contestants.ts';
import { load } from '../load.ts';
import type { Load } from '../load-types.ts';
import { type Api, createRequest } from '../requests.ts';
import { median } from '../stats.ts';

export const CLIENTS = 16;
export const PER_COMMIT = 50;
/** Different bodies, which are sent again and again. */
const BODIES = 1000;

export interface PostSpeeds {
  api: Api;
  /** Inserts a second. */
  store: number;
  /** POSTs a second of 16 clients, and their latencies in milliseconds. */
  servers: { name: string; perSecond: number; p50: number; p99: number }[];
  /** Medians of one client and of one commit, in milliseconds. */
  oneClient: { post: number; floor: number; commit: number };
}

/** Copies of the databases: one for each that writes, so that none does the background work that another has left. */
export interface Copies {
  /** For the inserts through the store. */
  inserted: StoreUnderTest;
  /** For the server. */
  served: StoreUnderTest;
  bare: string;
  /** For the peer. */
  plain: string;
}

export function measurePosts(bench: Bench, copies: Copies, api: Api): Promise<PostSpeeds> {
  const { database, tasks } = copies.served;
  const others = Array.from({ length: BODIES - 1 }, () => createRequest(api, bench.dataset, tasks.body(api)));
  const first = createRequest(api, bench.dataset, tasks.body(api));
  const status = api === 'hdp' ? 200 : 201;
  const post: Post = (server, connections, seconds = bench.seconds) =>
    load(bench, { server, requests: [first, ...others], connections }, seconds);
  const starts = [() => startTaskgate(bench, { database }), () => startFastify(bench, copies.plain)];
  return withServers(starts, async (taskgate, fastify) => {
    const response = await requestOnce(taskgate, first, status);
    await requestOnce(fastify, first, status);
    return withServers([() => startFloor(bench, response)], (floor) =>
      measureRounds(bench, copies, api, { taskgate, fastify, floor }, post),
    );
  });
}

type Post = (server: Server, connections: number, seconds?: number) => Promise<Load>;

async function measureRounds(
  bench: Bench,
  { inserted, served, bare }: Copies,
  api: Api,
  { taskgate, fastify, floor }: Record<'taskgate' | 'fastify' | 'floor', Server>,
  post: Post,
): Promise<PostSpeeds> {
  const servers = [taskgate, fastify, floor].map((server) => ({ server, loads: [] as Load[] }));
  const store: number[] = [];
  const one = { post: [] as number[], floor: [] as number[], commit: [] as number[] };
  for (const { server } of servers) await post(server, CLIENTS, 1);
  for (let round = 1; round <= bench.rounds; round += 1) {
    bench.progress(`round ${round} of ${bench.rounds}: POST /tasks of ${api}`);
    store.push((await insertThroughStore(inserted, api, PER_COMMIT, bench.seconds)).perSecond);
    for (const { server, loads } of servers) loads.push(await post(server, CLIENTS));
    const [{ p50 }, commit] = await insertSameRows(served.database, bare, api, 1, () => post(taskgate, 1));
    one.post.push(p50);
    one.commit.push(commit.p50);
    one.floor.push((await post(floor, 1)).p50);
  }
  return {
    api,
    store: median(store),
    servers: servers.map(({ server: { name }, loads }) => ({
      name,
      perSecond: median(loads.map(({ perSecond }) => perSecond)),
      p50: median(loads.map(({ p50 }) => p50)),
      p99: median(loads.map(({ p99 }) => p99)),
    })),
    oneClient: { post: median(one.post), floor: median(one.floor), commit: median(one.commit) },
  };
}
