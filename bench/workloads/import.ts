/** `taskgate import` against bare inserts of the same file. */
import { createWriteStream, rmSync } from 'node:fs';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { Bench } from '../contestants.ts';
import { ndjson, removeDatabase } from '../dataset.ts';
import { generateHdpTasks, generateServicesTasks } from '../generate.ts';
import type { Waits } from '../lock-writer.ts';
import { CLI, script } from '../paths.ts';
import { run, runInBackground } from '../processes.ts';
import { createIndexes, createTables, openDatabase } from '../reference-tables.ts';
import type { Goal } from '../report.ts';
import type { Api } from '../requests.ts';
import { count, median, ms, times } from '../stats.ts';
import type { Workload } from './workload.ts';

const GOAL = 0.6;

/** How long another writer may wait while an import runs. */
const MAX_WAIT_MS = 1000;

export const importing: Workload = {
  name: 'import',
  async run(bench) {
    const { rows } = bench.dataset;
    const table: string[][] = [];
    const goals: Goal[] = [];
    for (const api of ['hdp', 'services'] as const) {
      const { taskgate, bare } = await measure(bench, api, rows);
      const ratio = taskgate / bare;
      table.push([api, count(rows), count(taskgate), count(bare), times(ratio)]);
      const goal = `at least ${GOAL} x bare inserts`;
      goals.push({ work: `import: ${api}`, goal, measured: times(ratio), met: ratio >= GOAL });
    }
    const waits: string[][] = [];
    for (const api of ['hdp', 'services'] as const) {
      const { writes, median: half, longest } = await measureWaits(bench, api);
      waits.push([api, count(bench.dataset.rows), count(writes), ms(half), ms(longest)]);
      const goal = `at most ${count(MAX_WAIT_MS)} ms`;
      goals.push({
        work: `import: another writer's longest wait, ${api}`,
        goal,
        measured: `${ms(longest)} ms`,
        met: longest <= MAX_WAIT_MS,
      });
    }
    return {
      title: 'import: rows a second into a fresh database',
      tables: [
        { head: ['tasks', 'rows', 'taskgate, rows/s', 'bare, rows/s', 'of bare'], rows: table },
        { head: ['tasks', 'rows', "another process's writes", 'median, ms', 'longest, ms'], rows: waits },
      ],
      notes: [
        'Whole processes from start to end; taskgate in durable batches, bare in one transaction, both with synchronous = FULL. Bare: JSON.parse and better-sqlite3 into the plain tables with their indexes.',
        'Second table: a process that adds a Services task every 5 ms through the store while the import runs.',
      ],
      goals,
    };
  },
};

async function measure(bench: Bench, api: Api, rows: number): Promise<{ taskgate: number; bare: number }> {
  const file = join(bench.scratch, `${api}.ndjson`);
  const tasks = api === 'hdp' ? generateHdpTasks(rows) : generateServicesTasks(rows);
  await pipeline(Readable.from(ndjson(tasks)), createWriteStream(file));
  const took = { taskgate: [] as number[], bare: [] as number[] };
  for (let round = 1; round <= bench.rounds; round += 1) {
    bench.progress(`round ${round} of ${bench.rounds}: import of ${api}`);
    took.taskgate.push(await taskgateImport(bench, api, file));
    took.bare.push(await bareImport(bench, api, file));
  }
  const perSecond = (milliseconds: number) => (rows * 1000) / milliseconds;
  return { taskgate: perSecond(median(took.taskgate)), bare: perSecond(median(took.bare)) };
}

/** Imports all rows while another process writes. */
async function measureWaits(bench: Bench, api: Api): Promise<Waits> {
  const { rows } = bench.dataset;
  bench.progress(`import of ${count(rows)} ${api} tasks next to a writer`);
  const file = join(bench.scratch, `${api}-all.ndjson`);
  const tasks = api === 'hdp' ? generateHdpTasks(rows) : generateServicesTasks(rows);
  await pipeline(Readable.from(ndjson(tasks)), createWriteStream(file));
  const database = join(bench.scratch, 'shared.db');
  const env = { DATABASE_URL: database };
  await run(process.execPath, [CLI, 'migrate'], { env });
  const writer = runInBackground(process.execPath, [script('lock-writer.js'), database], {
    keepOutput: true,
  });
  await Promise.race([run(process.execPath, [CLI, 'import', api, file], { env }), writer.failed]);
  const waits: Waits = JSON.parse(await writer.stop());
  rmSync(file);
  removeDatabase(database);
  return waits;
}

async function taskgateImport({ scratch }: Bench, api: Api, file: string): Promise<number> {
  const database = join(scratch, 'imported.db');
  const env = { DATABASE_URL: database };
  await run(process.execPath, [CLI, 'migrate'], { env });
  const { milliseconds } = await run(process.execPath, [CLI, 'import', api, file], { env });
  removeDatabase(database);
  return milliseconds;
}

async function bareImport({ scratch }: Bench, api: Api, file: string): Promise<number> {
  const database = join(scratch, 'bare.db');
  const db = openDatabase(database);
  createTables(db);
  createIndexes(db);
  db.close();
  const { milliseconds } = await run(process.execPath, [
    script('bare-import.js'),
    database,
    `${api}_tasks`,
    file,
  ]);
  removeDatabase(database);
  return milliseconds;
}
