/** Compares `taskgate import` with bare inserts of the same file. */
import { createWriteStream, rmSync } from 'node:fs';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { ndjson } from '../dataset.ts';
import { generateHdpTasks, generateServicesTasks } from '../generate.ts';
import type { WriteWaits } from '../lock-writer.ts';
import { CLI_PATH, compiledScript } from '../paths.ts';
import { run, runInBackground } from '../processes.ts';
import type { Goal } from '../report.ts';
import { APIS, type Api } from '../requests.ts';
import type { Bench } from '../start-servers.ts';
import { formatCount, formatMs, formatRatio, median } from '../stats.ts';
import type { Workload } from './workload.ts';

/** The goal for the longest wait of another writer during an import. */
const MAX_WAIT_MS = 1000;

export const importWorkload: Workload = {
  name: 'import',
  async run(bench) {
    const { rows } = bench.dataset;
    const table: string[][] = [];
    const goals: Goal[] = [];
    for (const api of APIS) {
      const { taskgate, bare } = await measure(bench, api, rows);
      const ratio = taskgate / bare;
      table.push([api, formatCount(rows), formatCount(taskgate), formatCount(bare), formatRatio(ratio)]);
      const minimum = bench.goals.importBare;
      const goal = `at least ${minimum} x the bare import`;
      goals.push({ work: `import: ${api}`, goal, measured: formatRatio(ratio), met: ratio >= minimum });
    }
    const waits: string[][] = [];
    for (const api of APIS) {
      const { writes, median: medianWait, longest } = await measureWaits(bench, api);
      waits.push([
        api,
        formatCount(bench.dataset.rows),
        formatCount(writes),
        formatMs(medianWait),
        formatMs(longest),
      ]);
      const goal = `at most ${formatCount(MAX_WAIT_MS)} ms`;
      goals.push({
        work: `import: longest wait of another writer, ${api}`,
        goal,
        measured: `${formatMs(longest)} ms`,
        met: longest <= MAX_WAIT_MS,
      });
    }
    return {
      title: 'import: rows per second into an empty database',
      tables: [
        { head: ['tasks', 'rows', 'taskgate, rows/s', 'bare, rows/s', 'of bare'], rows: table },
        { head: ['tasks', 'rows', 'writes by another process', 'median, ms', 'longest, ms'], rows: waits },
      ],
      notes: [
        `Times include process start and exit. taskgate commits durable batches. ${bench.databases.importNote}`,
        'Second table: another process adds a Services task every 5 ms through the store during the import.',
      ],
      goals,
    };
  },
};

async function measure(bench: Bench, api: Api, rows: number): Promise<{ taskgate: number; bare: number }> {
  const file = join(bench.scratch, `${api}.ndjson`);
  const tasks = api === 'hdp' ? generateHdpTasks(rows) : generateServicesTasks(rows);
  await pipeline(Readable.from(ndjson(tasks)), createWriteStream(file));
  const durations = { taskgate: [] as number[], bare: [] as number[] };
  for (let round = 1; round <= bench.rounds; round += 1) {
    bench.log(`round ${round} of ${bench.rounds}: import of ${api}`);
    durations.taskgate.push(await taskgateImport(bench, api, file));
    durations.bare.push(await bareImport(bench, api, file));
  }
  const perSecond = (milliseconds: number) => (rows * 1000) / milliseconds;
  return { taskgate: perSecond(median(durations.taskgate)), bare: perSecond(median(durations.bare)) };
}

/** Imports all rows while another process writes. */
async function measureWaits(bench: Bench, api: Api): Promise<WriteWaits> {
  const { rows } = bench.dataset;
  bench.log(`import of ${formatCount(rows)} ${api} tasks during writes of another process`);
  const file = join(bench.scratch, `${api}-all.ndjson`);
  const tasks = api === 'hdp' ? generateHdpTasks(rows) : generateServicesTasks(rows);
  await pipeline(Readable.from(ndjson(tasks)), createWriteStream(file));
  const database = await bench.databases.createEmpty();
  const env = { DATABASE_URL: database };
  await run(process.execPath, [CLI_PATH, 'migrate'], { env });
  const writer = runInBackground(process.execPath, [compiledScript('lock-writer.js'), database], {
    keepOutput: true,
  });
  await Promise.race([run(process.execPath, [CLI_PATH, 'import', api, file], { env }), writer.failed]);
  const waits: WriteWaits = JSON.parse(await writer.stop());
  rmSync(file);
  await bench.databases.remove(database);
  return waits;
}

async function taskgateImport({ databases }: Bench, api: Api, file: string): Promise<number> {
  const database = await databases.createEmpty();
  const env = { DATABASE_URL: database };
  await run(process.execPath, [CLI_PATH, 'migrate'], { env });
  const { durationMs } = await run(process.execPath, [CLI_PATH, 'import', api, file], { env });
  await databases.remove(database);
  return durationMs;
}

async function bareImport({ databases }: Bench, api: Api, file: string): Promise<number> {
  const database = await databases.createImportTables();
  const { durationMs } = await run(process.execPath, [
    databases.importScript,
    database,
    `${api}_tasks`,
    file,
  ]);
  await databases.remove(database);
  return durationMs;
}
