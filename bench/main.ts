/** `npm run bench`: builds the data set, runs the workloads and prints a Markdown report. */
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { availableParallelism, cpus } from 'node:os';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { Command, InvalidArgumentError, Option } from 'commander';
import { type Dataset, openDataset, sizesOf } from './dataset.ts';
import { LOAD_GENERATOR } from './load-generators.ts';
import { DATA_DIR } from './paths.ts';
import { render, type Section } from './report.ts';
import { formatCount } from './stats.ts';
import { depth } from './workloads/depth.ts';
import { etag } from './workloads/etag.ts';
import { importWorkload } from './workloads/import.ts';
import { inserts } from './workloads/inserts.ts';
import { mixed } from './workloads/mixed.ts';
import { nginx } from './workloads/nginx.ts';
import { pages } from './workloads/pages.ts';
import { poll } from './workloads/poll.ts';
import { posts } from './workloads/posts.ts';
import { search } from './workloads/search.ts';
import { start } from './workloads/start.ts';
import { transitions } from './workloads/transitions.ts';
import { workers } from './workloads/workers.ts';
import type { Workload } from './workloads/workload.ts';
import { writes } from './workloads/writes.ts';

const WORKLOADS: readonly Workload[] = [
  poll,
  nginx,
  workers,
  etag,
  pages,
  depth,
  search,
  mixed,
  inserts,
  posts,
  transitions,
  writes,
  importWorkload,
  start,
];
const NAMES = WORKLOADS.map(({ name }) => name).join(', ');

// wrk needs less CPU time than the floor, autocannon needs more.
const CAVEAT =
  LOAD_GENERATOR === 'wrk' ? '' : ' (slower than the floor, so ratios to the floor are too favorable)';

await new Command('bench')
  .description('Compares taskgate with other servers on this machine and prints a Markdown report.')
  .option('--rows <n>', 'tasks of each kind, at least 10,000', integerOf(10_000), 1_000_000)
  .option('--seconds <n>', 'duration of each load', integerOf(1), 5)
  .option('--rounds <n>', 'rounds: in each round, every server is loaded once', integerOf(1), 3)
  .addOption(
    new Option('--only <names>', `comma-separated workloads: ${NAMES}`)
      .argParser(parseWorkloads)
      .default(WORKLOADS, 'all'),
  )
  .action(bench)
  .parseAsync();

interface Options {
  rows: number;
  seconds: number;
  rounds: number;
  only: readonly Workload[];
}

async function bench({ rows, seconds, rounds, only }: Options): Promise<void> {
  const startedAt = performance.now();
  const log = (text: string) => process.stderr.write(`${text}\n`);
  mkdirSync(DATA_DIR, { recursive: true });
  const scratch = mkdtempSync(join(DATA_DIR, 'scratch-'));
  process.on('exit', () => rmSync(scratch, { recursive: true, force: true }));
  const dataset = await openDataset(rows, log);
  const sections: Section[] = [];
  for (const workload of only) {
    const section = workload.run({ dataset, seconds, rounds, scratch, log });
    sections.push(await section.catch((error: unknown) => failureSection(workload, error)));
  }
  const minutes = ((performance.now() - startedAt) / 60_000).toFixed(1);
  const facts = {
    ...collectFacts(dataset),
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

function collectFacts(dataset: Dataset): Record<string, string> {
  const db = new Database(':memory:');
  const sqlite = db.prepare<[], string>('SELECT sqlite_version()').pluck().get() ?? '';
  db.close();
  const sizes = sizesOf(dataset);
  const commit = spawnSync('git', ['describe', '--always', '--dirty'], { encoding: 'utf8' }).stdout;
  return {
    processor: `${cpus()[0]?.model ?? 'unknown'}, ${availableParallelism()} cores`,
    versions: `Node ${process.versions.node}, SQLite ${sqlite}, taskgate ${commit.trim()}`,
    tasks: `${formatCount(dataset.rows)} of each kind`,
    databases: `taskgate ${formatCount(sizes.taskgate / 1e6)} MB, plain ${formatCount(sizes.plain / 1e6)} MB`,
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
