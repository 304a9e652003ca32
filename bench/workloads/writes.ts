/** Clients poll while tasks are written, by another process or through the same server; every response must be true. */
import { join } from 'node:path';
import type { ApiWriterOptions } from '../api-writer.ts';
import { type Bench, type Server, startTaskgate, withServers } from '../contestants.ts';
import { copyDatabase, removeDatabase } from '../dataset.ts';
import type { Written } from '../paced-writes.ts';
import { script } from '../paths.ts';
import { runInBackground } from '../processes.ts';
import type { Goal } from '../report.ts';
import { APIS } from '../requests.ts';
import { count, ms } from '../stats.ts';
import { checkFreshness, type Freshness } from './freshness.ts';
import { type Disturbed, floorGoals, latencyTable, measureDisturbed } from './latency.ts';
import type { Workload } from './workload.ts';

const PER_SECOND = 500;
const FLOOR_GOAL = 2;
/** A writer that falls behind disturbs the polls less than it should. */
const PACE_GOAL = 0.9;

interface Writer {
  name: string;
  args(bench: Bench, taskgate: Server, database: string): string[];
}

const WRITERS: readonly Writer[] = [
  {
    name: 'another process',
    args: ({ dataset }, _, database) => [
      script('writer.js'),
      database,
      String(dataset.rows),
      String(PER_SECOND),
    ],
  },
  {
    name: 'the same server',
    args: ({ dataset }, { port }, database) => {
      const options: ApiWriterOptions = {
        port,
        dataset: { ...dataset, taskgate: database },
        rate: PER_SECOND,
      };
      return [script('api-writer.js'), JSON.stringify(options)];
    },
  },
];

export const writes: Workload = {
  name: 'writes',
  async run(bench) {
    // A copy: what is written must not stay in the data set.
    const database = join(bench.scratch, 'written.db');
    copyDatabase(bench.dataset.taskgate, database);
    try {
      const found = await withServers([() => startTaskgate(bench, { database })], async (taskgate) => {
        const all: Found[] = [];
        for (const writer of WRITERS) all.push(await measure(bench, taskgate, database, writer));
        return all;
      });
      return {
        title: `writes: polls while ${PER_SECOND} inserts and ${PER_SECOND} status changes a second arrive`,
        tables: found.map(({ writer, latencies }) => latencyTable(latencies, `writing by ${writer}`)),
        notes: [
          'Another process writes through the store, half of each kind of task. Through the same server, POSTs of each kind take turns, and the status changes are HDP transitions.',
          ...found.flatMap(notesOf),
        ],
        goals: found.flatMap(goalsOf),
      };
    } finally {
      removeDatabase(database);
    }
  },
};

interface Found {
  writer: string;
  latencies: Disturbed[];
  written: Written[];
  freshness: Freshness;
}

async function measure(bench: Bench, taskgate: Server, database: string, writer: Writer): Promise<Found> {
  const found: Found = {
    writer: writer.name,
    latencies: [],
    written: [],
    freshness: { checked: 0, exact: 0, wrong: [] },
  };
  for (const api of APIS) {
    const disturb = async () => {
      const background = runInBackground(process.execPath, writer.args(bench, taskgate, database), {
        keepOutput: true,
      });
      await Promise.race([background.hasPrinted, background.failed]);
      return async (over: Promise<unknown>) => {
        const checks = checkFreshness(bench, taskgate, api, database, over, found.freshness);
        await Promise.race([checks, background.failed]);
        found.written.push(JSON.parse(await background.stop()));
      };
    };
    found.latencies.push(...(await measureDisturbed(bench, taskgate, api, disturb)));
  }
  return found;
}

/** The inserts and the status changes a second that a writer reached. */
function paceOf({ written }: Found): { inserts: number; changes: number } {
  const sum = (value: (one: Written) => number) => written.reduce((total, one) => total + value(one), 0);
  const seconds = sum((one) => one.seconds);
  return {
    inserts: sum(({ inserts }) => inserts) / seconds,
    changes: sum(({ changes }) => changes) / seconds,
  };
}

function notesOf(found: Found): string[] {
  const { writer, written, freshness } = found;
  const { checked, exact, wrong } = freshness;
  const { inserts, changes } = paceOf(found);
  const slowest = Math.max(...written.map(({ slowestMs }) => slowestMs));
  return [
    `By ${writer}: ${count(inserts)} inserts and ${count(changes)} status changes a second; the slowest write took ${ms(slowest)} ms. ${count(checked)} responses were compared with the data just before and just after: ${count(exact)} came while nothing changed and had to be equal, the others had to lie between; ${wrong.length} were wrong.`,
    ...wrong.slice(0, 3),
  ];
}

function goalsOf(found: Found): Goal[] {
  const { writer, latencies, freshness } = found;
  const { checked, wrong } = freshness;
  const { inserts, changes } = paceOf(found);
  return [
    {
      work: `writes by ${writer}: pace`,
      goal: `at least ${PACE_GOAL} x ${PER_SECOND} of each a second`,
      measured: `${count(inserts)} and ${count(changes)}`,
      met: Math.min(inserts, changes) >= PACE_GOAL * PER_SECOND,
    },
    ...floorGoals(`writes by ${writer}`, latencies, FLOOR_GOAL),
    {
      work: `writes by ${writer}: true responses`,
      goal: 'every one',
      measured: `${wrong.length} wrong of ${count(checked)}`,
      met: checked > 0 && wrong.length === 0,
    },
  ];
}
