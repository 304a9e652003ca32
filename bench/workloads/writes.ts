/** Clients poll during writes by another process or through the same server. Checks that the responses are correct. */
import type { ApiWriterOptions } from '../api-writer.ts';
import { withCopy } from '../database-copies.ts';
import { compiledScript } from '../paths.ts';
import { runInBackground } from '../processes.ts';
import type { WriteStats } from '../rate-limited-writes.ts';
import type { Goal, Section } from '../report.ts';
import { APIS } from '../requests.ts';
import { type Server, withServers } from '../server-process.ts';
import { type Bench, startTaskgate } from '../start-servers.ts';
import { formatCount, formatMs } from '../stats.ts';
import { checkFreshness, type Freshness } from './freshness.ts';
import { type DisturbedLatency, floorGoals, latencyTable, measureDisturbed } from './latency.ts';
import type { Workload } from './workload.ts';

const WRITES_PER_SECOND = 500;
const MAX_FLOOR_RATIO = 2;
/** A writer below this share of its rate does not disturb the polls enough. */
const MIN_RATE_RATIO = 0.9;

interface Writer {
  name: string;
  args(bench: Bench, taskgate: Server, database: string): string[];
}

const WRITERS: readonly Writer[] = [
  {
    name: 'another process',
    args: ({ dataset }, _, database) => [
      compiledScript('store-writer.js'),
      database,
      String(dataset.rows),
      String(WRITES_PER_SECOND),
    ],
  },
  {
    name: 'the same server',
    args: ({ dataset }, { port }, database) => {
      const options: ApiWriterOptions = {
        port,
        dataset: { ...dataset, taskgate: database },
        rate: WRITES_PER_SECOND,
      };
      return [compiledScript('api-writer.js'), JSON.stringify(options)];
    },
  },
];

export const writes: Workload = {
  name: 'writes',
  // A copy, so that the writes do not change the data set.
  run: (bench) => withCopy(bench, bench.dataset.taskgate, (database) => measureWriters(bench, database)),
};

async function measureWriters(bench: Bench, database: string): Promise<Section> {
  const results = await withServers([() => startTaskgate(bench, { database })], async (taskgate) => {
    const all: Result[] = [];
    for (const writer of WRITERS) all.push(await measure(bench, taskgate, database, writer));
    return all;
  });
  return {
    title: `writes: polls while ${WRITES_PER_SECOND} inserts and ${WRITES_PER_SECOND} status changes per second arrive`,
    tables: results.map(({ writer, latencies }) => latencyTable(latencies, `writing by ${writer}`)),
    notes: [
      'The other process writes HDP and Services tasks through the store. The same server gets POSTs of both kinds alternately and HDP transitions.',
      ...results.flatMap(notesOf),
    ],
    goals: results.flatMap(goalsOf),
  };
}

interface Result {
  writer: string;
  latencies: DisturbedLatency[];
  writes: WriteStats[];
  freshness: Freshness;
}

async function measure(bench: Bench, taskgate: Server, database: string, writer: Writer): Promise<Result> {
  const result: Result = {
    writer: writer.name,
    latencies: [],
    writes: [],
    freshness: { checked: 0, unchanged: 0, wrong: [] },
  };
  for (const api of APIS) {
    const disturb = async () => {
      const background = runInBackground(process.execPath, writer.args(bench, taskgate, database), {
        keepOutput: true,
      });
      await Promise.race([background.hasPrinted, background.failed]);
      return async (finished: Promise<unknown>) => {
        const checks = checkFreshness(bench, taskgate, api, database, finished, result.freshness);
        await Promise.race([checks, background.failed]);
        result.writes.push(JSON.parse(await background.stop()));
      };
    };
    result.latencies.push(...(await measureDisturbed(bench, taskgate, api, disturb)));
  }
  return result;
}

/** Returns the inserts and status changes per second that a writer reached. */
function measuredRates({ writes }: Result): { inserts: number; changes: number } {
  const sum = (value: (one: WriteStats) => number) => writes.reduce((total, one) => total + value(one), 0);
  const seconds = sum((one) => one.seconds);
  return {
    inserts: sum(({ inserts }) => inserts) / seconds,
    changes: sum(({ changes }) => changes) / seconds,
  };
}

function notesOf(result: Result): string[] {
  const { writer, writes, freshness } = result;
  const { checked, unchanged, wrong } = freshness;
  const { inserts, changes } = measuredRates(result);
  const slowest = Math.max(...writes.map(({ slowestMs }) => slowestMs));
  return [
    `By ${writer}: ${formatCount(inserts)} inserts and ${formatCount(changes)} status changes per second. The slowest write took ${formatMs(slowest)} ms. ${formatCount(checked)} responses were compared with the database states before and after them. ${formatCount(unchanged)} had no change between both states and had to be equal. The others had to be consistent with a state between them. ${wrong.length} were wrong.`,
    ...wrong.slice(0, 3),
  ];
}

function goalsOf(result: Result): Goal[] {
  const { writer, latencies, freshness } = result;
  const { checked, wrong } = freshness;
  const { inserts, changes } = measuredRates(result);
  return [
    {
      work: `writes by ${writer}: rate`,
      goal: `at least ${MIN_RATE_RATIO} x ${WRITES_PER_SECOND} of each per second`,
      measured: `${formatCount(inserts)} and ${formatCount(changes)}`,
      met: Math.min(inserts, changes) >= MIN_RATE_RATIO * WRITES_PER_SECOND,
    },
    ...floorGoals(`writes by ${writer}`, latencies, MAX_FLOOR_RATIO),
    {
      work: `writes by ${writer}: correct responses`,
      goal: 'all',
      measured: `${wrong.length} wrong of ${formatCount(checked)}`,
      met: checked > 0 && wrong.length === 0,
    },
  ];
}
