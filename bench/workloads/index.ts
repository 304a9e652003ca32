/** All workloads, in the order of a run. */
import type { DatabaseName } from '../database.ts';
import { depth } from './depth.ts';
import { etag } from './etag.ts';
import { figures } from './figures.ts';
import { importWorkload } from './import.ts';
import { inserts } from './inserts.ts';
import { mixed } from './mixed.ts';
import { nginx } from './nginx.ts';
import { nodes } from './nodes.ts';
import { pages } from './pages.ts';
import { poll } from './poll.ts';
import { posts } from './posts.ts';
import { search } from './search.ts';
import { start } from './start.ts';
import { transitions } from './transitions.ts';
import { workers } from './workers.ts';
import type { Workload } from './workload.ts';
import { writers } from './writers.ts';
import { writes } from './writes.ts';

export const WORKLOADS: readonly Workload[] = [
  poll,
  nginx,
  workers,
  nodes,
  etag,
  pages,
  depth,
  search,
  figures,
  mixed,
  inserts,
  writers,
  posts,
  transitions,
  writes,
  importWorkload,
  start,
];

/** Returns the workloads that run on a database. */
export const workloadsOf = (name: DatabaseName): readonly Workload[] =>
  WORKLOADS.filter(({ database }) => database === undefined || database === name);
