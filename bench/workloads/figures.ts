/** Compares GET /figures with SQL that counts the same figures in the plain database, and inserts with and without counters. */
import { requireEqual } from '../compare.ts';
import type { Reader } from '../database.ts';
import { withReader } from '../databases.ts';
import { measureFigureCosts } from '../figure-cost.ts';
import { CHAIN } from '../generate.ts';
import { Connection, type HttpRequest, sendTimed } from '../http-client.ts';
import { APIS, type Api, figuresRequest } from '../requests.ts';
import { withServers } from '../server-process.ts';
import { type Bench, startTaskgate } from '../start-servers.ts';
import { formatCount, formatMs, formatRatio, median } from '../stats.ts';
import type { Workload } from './workload.ts';

const REQUESTS = 100;
const WARM_UP_REQUESTS = 20;
const COUNTS = 10;
const DAY_MICROS = 86_400_000_000;
const NAMES: Record<Api, string> = { hdp: 'HDP, 400 days', services: 'Services, one chain' };

export const figures: Workload = {
  name: 'figures',
  async run(bench) {
    const results: { api: Api; kept: number; counted: number }[] = [];
    for (const api of APIS) results.push({ api, ...(await measure(bench, api)) });
    const costs = await measureFigureCosts(bench);
    return {
      title: 'figures: counters compared with counting',
      tables: [
        {
          head: ['figures', 'GET /figures, ms', 'counted with SQL, ms', 'times as fast'],
          rows: results.map(({ api, kept, counted }) => [
            NAMES[api],
            formatMs(kept),
            formatMs(counted),
            formatRatio(counted / kept),
          ]),
        },
        {
          head: ['inserts of HDP tasks', 'with counters, rows/s', 'without, rows/s', 'of without'],
          rows: costs.map(({ rowsPerCommit, counted, uncounted }) => [
            `${rowsPerCommit} per commit`,
            formatCount(counted),
            formatCount(uncounted),
            formatRatio(counted / uncounted),
          ]),
        },
      ],
      notes: [
        'Medians of single requests, none of which the response cache answers. The SQL runs in the benchmark itself, without HTTP.',
        'Inserts go through the store, in durable transactions, into two copies of the database in turn. The figures of Services tasks have no counters: they are the sizes of lists.',
      ],
      goals: results.map(({ api, kept, counted }) => ({
        work: `figures: ${NAMES[api]}`,
        goal: `at least ${bench.goals.figuresCounting[api]} x as fast as counting`,
        measured: formatRatio(counted / kept),
        met: counted / kept >= bench.goals.figuresCounting[api],
      })),
    };
  },
};

function measure(bench: Bench, api: Api): Promise<{ kept: number; counted: number }> {
  bench.log(`figures: ${NAMES[api]}`);
  return withServers([() => startTaskgate(bench)], async ({ port }) => {
    const connection = await Connection.open(port);
    const durations: number[] = [];
    let body: unknown;
    for (let number = 0; number < WARM_UP_REQUESTS + REQUESTS; number += 1) {
      const { response, durationMs } = await sendTimed(connection, requestOf(bench, api, number));
      if (number >= WARM_UP_REQUESTS) durations.push(durationMs);
      body = response.json();
    }
    connection.close();
    const counted = await withReader(bench.dataset.plain, (reader) => timeCounts(reader, api, body));
    return { kept: median(durations), counted };
  });
}

/** The response cache has each request under its own query. The API ignores the number. */
const requestOf = ({ dataset }: Bench, api: Api, number: number): HttpRequest =>
  figuresRequest(api, dataset, `${api === 'hdp' ? 'interval=day&buckets=400&' : ''}number=${number}`);

/** Counts the figures several times. @returns the median, in milliseconds. @throws Error if a figure differs */
async function timeCounts(reader: Reader, api: Api, body: unknown): Promise<number> {
  const count = { hdp: countHdp, services: countServices }[api];
  const durations: number[] = [];
  for (let round = 0; round < COUNTS; round += 1) {
    const start = performance.now();
    const counted = await count(reader);
    durations.push(performance.now() - start);
    requireEqual(`the figures of ${NAMES[api]}`, comparable[api](body), comparable[api](counted));
  }
  return median(durations);
}

interface Count {
  name: string | null;
  tasks: number;
}

interface HdpCounts {
  statuses: Record<string, number>;
  created: { buckets: { start: string; total: number; failed: number; completed: number }[] };
}

interface ServicesCounts {
  statuses: Record<string, number>;
  actions: { action: string; total: number }[];
}

/** Returns the parts of a response that are compared: only statuses, actions and buckets that have tasks. */
const comparable = {
  // The casts are safe: both are figures of the API, or their counts.
  hdp: (body: unknown) => {
    const { statuses, created } = body as HdpCounts;
    const buckets = created.buckets.filter(({ total }) => total > 0);
    return [
      withoutZeros(statuses),
      buckets.map(({ start, total, failed, completed }) => [Date.parse(start), total, failed, completed]),
    ];
  },
  services: (body: unknown) => {
    const { statuses, actions } = body as ServicesCounts;
    return [withoutZeros(statuses), Object.fromEntries(actions.map(({ action, total }) => [action, total]))];
  },
};

const withoutZeros = (counts: Record<string, number>) =>
  Object.fromEntries(Object.entries(counts).filter(([, tasks]) => tasks > 0));

const toRecord = (counts: readonly Count[]) =>
  Object.fromEntries(counts.flatMap(({ name, tasks }) => (name === null ? [] : [[name, Number(tasks)]])));

async function countHdp(reader: Reader): Promise<HdpCounts> {
  const statuses = await reader.all<Count>(
    'SELECT status AS name, count(*) AS tasks FROM hdp_tasks GROUP BY status',
  );
  const first = (Math.floor((Date.now() * 1000) / DAY_MICROS) - 399) * DAY_MICROS;
  const days = await reader.all<{ day: number; total: number; failed: number; completed: number }>(
    `SELECT created_at / ${DAY_MICROS} AS day, count(*) AS total,
       count(CASE WHEN status LIKE '%Failed' THEN 1 END) AS failed,
       count(CASE WHEN status = 'TaskDecommitmentCompleted' THEN 1 END) AS completed
     FROM hdp_tasks WHERE created_at >= ${first} AND created_at < ${first + 400 * DAY_MICROS}
     GROUP BY created_at / ${DAY_MICROS} ORDER BY day`,
  );
  const buckets = days.map(({ day, ...counts }) => ({
    start: new Date((day * DAY_MICROS) / 1000).toISOString(),
    ...counts,
  }));
  return { statuses: toRecord(statuses), created: { buckets } };
}

async function countServices(reader: Reader): Promise<ServicesCounts> {
  const by = (column: string) =>
    reader.all<Count>(
      `SELECT ${column} AS name, count(*) AS tasks FROM services_tasks WHERE chain = ${CHAIN} GROUP BY ${column}`,
    );
  const [statuses, actions] = [await by('status'), await by('action')];
  return {
    statuses: toRecord(statuses),
    actions: Object.entries(toRecord(actions)).map(([action, total]) => ({ action, total })),
  };
}
