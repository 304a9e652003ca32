/** Measures the time from start to first response, and the memory of a server after load. */

import { load } from '../load.ts';
import { readMemory } from '../processes.ts';
import { APIS, listRequest, pageQuery, polledListRequest } from '../requests.ts';
import { type Server, withServers } from '../server-process.ts';
import { type Bench, startFastify, startTaskgate } from '../start-servers.ts';
import { formatCount, median } from '../stats.ts';
import type { Workload } from './workload.ts';

const MAX_START_MS = 1000;
const MAX_MEMORY_BYTES = 250e6;

export const start: Workload = {
  name: 'start',
  async run(bench) {
    const taskgate = await measure(bench, startTaskgate);
    const fastify = await measure(bench, startFastify);
    const cells = ({ firstResponseMs, memory }: ServerResult) =>
      [firstResponseMs, memory.idle / 1e6, memory.now / 1e6, memory.peak / 1e6].map(formatCount);
    return {
      title: 'start: time and memory',
      tables: [
        {
          head: ['server', 'start to first 200, ms', 'memory at start, MB', 'after load, MB', 'peak, MB'],
          rows: [
            ['taskgate', ...cells(taskgate)],
            ['fastify', ...cells(fastify)],
          ],
        },
      ],
      notes: [
        'Resident memory (VmRSS, 1 MB = 1,000,000 bytes), including mapped pages of the database. The load polls both lists and requests their first 1,000 pages.',
      ],
      goals: [
        {
          work: 'start: first response',
          goal: 'at most 1 s',
          measured: `${formatCount(taskgate.firstResponseMs)} ms`,
          met: taskgate.firstResponseMs <= MAX_START_MS,
        },
        {
          work: 'start: memory under load',
          goal: 'at most 250 MB',
          measured: `${formatCount(taskgate.memory.now / 1e6)} MB`,
          met: taskgate.memory.now <= MAX_MEMORY_BYTES,
        },
      ],
    };
  },
};

interface ServerResult {
  firstResponseMs: number;
  memory: { idle: number; now: number; peak: number };
}

async function measure(bench: Bench, startServer: (bench: Bench) => Promise<Server>): Promise<ServerResult> {
  const startTimesMs: number[] = [];
  for (let round = 1; round < bench.rounds; round += 1) {
    startTimesMs.push(
      await withServers([() => startServer(bench)], async (server) => server.firstResponseMs),
    );
  }
  const memory = await withServers([() => startServer(bench)], async (server) => {
    startTimesMs.push(server.firstResponseMs);
    bench.log(`memory of ${server.name}`);
    const { now: idle } = readMemory(server.pid);
    for (const api of APIS) {
      const page = (index: number) => listRequest(api, bench.dataset, pageQuery(api, index));
      await load(bench, { server, requests: [polledListRequest(api, bench.dataset)] }, bench.seconds);
      const otherPages = Array.from({ length: 999 }, (_, index) => page(index + 1));
      await load(bench, { server, requests: [page(0), ...otherPages] }, bench.seconds);
    }
    return { idle, ...readMemory(server.pid) };
  });
  return { firstResponseMs: median(startTimesMs), memory };
}
