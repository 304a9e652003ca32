/** From start to first response, and the memory of a server that has been polled and paged. */
import { type Bench, type Server, startFastify, startTaskgate, withServers } from '../contestants.ts';
import { load } from '../load.ts';
import { memoryOf } from '../processes.ts';
import { APIS, listRequest, pageQuery, polled } from '../requests.ts';
import { count, median } from '../stats.ts';
import type { Workload } from './workload.ts';

const MAX_START_MS = 1000;
const MAX_MEMORY_BYTES = 250e6;

export const start: Workload = {
  name: 'start',
  async run(bench) {
    const taskgate = await measure(bench, startTaskgate);
    const fastify = await measure(bench, startFastify);
    const cells = ({ firstResponse, memory }: Measured) =>
      [firstResponse, memory.idle / 1e6, memory.now / 1e6, memory.peak / 1e6].map(count);
    return {
      title: 'start: time and memory',
      tables: [
        {
          head: ['server', 'start to first 200, ms', 'memory at start, MB', 'after load, MB', 'highest, MB'],
          rows: [
            ['taskgate', ...cells(taskgate)],
            ['fastify', ...cells(fastify)],
          ],
        },
      ],
      notes: [
        'Resident memory (VmRSS, 1 MB = 1,000,000 bytes), mapped pages of the database included, after both lists were polled and their first 1,000 pages asked.',
      ],
      goals: [
        {
          work: 'start: first response',
          goal: 'at most 1 s',
          measured: `${count(taskgate.firstResponse)} ms`,
          met: taskgate.firstResponse <= MAX_START_MS,
        },
        {
          work: 'start: memory under load',
          goal: 'at most 250 MB',
          measured: `${count(taskgate.memory.now / 1e6)} MB`,
          met: taskgate.memory.now <= MAX_MEMORY_BYTES,
        },
      ],
    };
  },
};

interface Measured {
  firstResponse: number;
  memory: { idle: number; now: number; peak: number };
}

async function measure(bench: Bench, startServer: (bench: Bench) => Promise<Server>): Promise<Measured> {
  const firstResponses: number[] = [];
  for (let round = 1; round < bench.rounds; round += 1) {
    firstResponses.push(
      await withServers([() => startServer(bench)], async (server) => server.firstResponseMs),
    );
  }
  const memory = await withServers([() => startServer(bench)], async (server) => {
    firstResponses.push(server.firstResponseMs);
    bench.progress(`memory of ${server.name}`);
    const { now: idle } = memoryOf(server.pid);
    for (const api of APIS) {
      const page = (index: number) => listRequest(api, bench.dataset, pageQuery(api, index));
      await load(bench, { server, requests: [polled(api, bench.dataset)] }, bench.seconds);
      const others = Array.from({ length: 999 }, (_, index) => page(index + 1));
      await load(bench, { server, requests: [page(0), ...others] }, bench.seconds);
    }
    return { idle, ...memoryOf(server.pid) };
  });
  return { firstResponse: median(firstResponses), memory };
}
