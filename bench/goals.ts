/** The goals of each database that differ. Ratios, unless a name says milliseconds. */
import type { DatabaseName } from './database.ts';
import type { Api } from './requests.ts';

export interface Goals {
  /** The same list repeatedly: throughput at least this many times that of fastify. */
  pollPeer: number;
  /** A different page each time: throughput at least this many times that of fastify. */
  pagesPeer: Record<Api, number>;
  /** The median time of a search, at most; of terms of one or two characters, at most. */
  searchMs: number;
  shortSearchMs: number;
  /** Searches for rare terms: at least this many times as fast as fastify. */
  rareSearchPeer: number;
  /** The figures: at least this many times as fast as counting them with SQL. */
  figuresCounting: Record<Api, number>;
  /** POSTs of many clients: at least this share of the store's inserts. */
  postsStore?: number;
  /** POSTs of many clients: at least this many times those of fastify. */
  postsPeer?: number;
  /** POSTs of many clients: at least this share of bare inserts over as many connections. */
  postsBare?: number;
  /** The median time of a POST with one client: at most this many bare commits. */
  postCommit?: number;
  /** Rows per second of an import: at least this share of the bare import. */
  importBare: number;
}

export const GOALS: Record<DatabaseName, Goals> = {
  sqlite: {
    pollPeer: 10,
    pagesPeer: { hdp: 2.5, services: 3 },
    searchMs: 10,
    shortSearchMs: 50,
    rareSearchPeer: 50,
    figuresCounting: { hdp: 20, services: 5 },
    postsStore: 0.4,
    postsPeer: 2,
    postCommit: 2,
    importBare: 0.6,
  },
  postgres: {
    pollPeer: 20,
    pagesPeer: { hdp: 2, services: 2 },
    searchMs: 20,
    shortSearchMs: 50,
    rareSearchPeer: 20,
    figuresCounting: { hdp: 10, services: 5 },
    postsBare: 0.5,
    importBare: 0.5,
  },
};
