/** `npm run bench`: creates the data set, runs the workloads and prints one Markdown report. */
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { availableParallelism, cpus } from 'node:os';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { Command, InvalidArgumentError, Option } from 'commander';
import { type Dataset, openDataset, sizesOf } from './dataset.ts';
import { TOOL } from './load-tools.ts';
import { DATA } from './paths.ts';
import { render, type Section } from './report.ts';
import { count } from './stats.ts';
import { depth } from './workloads/depth.ts';
import { etag } from './workloads/etag.ts';
import { importing } from './workloads/import.ts';
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
  importing,
  start,
];
const NAMES = WORKLOADS.map(({ name }) => name).join(', ');

// wrk costs a fraction of what the floor does; autocannon costs more than it.
const CAVEAT = TOOL === 'wrk' ? '' : ' (itself the limit for the floor: what is said of the floor flatters)';

await new Command('bench')
  .description('Measures taskgate next to its peers on this machine and prints a Markdown report.')
  .option('--rows <n>', 'tasks of each kind, at least 10,000', integer(10_000), 1_000_000)
  .option('--seconds <n>', 'how long each load lasts', integer(1), 5)
  .option('--rounds <n>', 'how often each contestant has its turn', integer(1), 3)
  .addOption(
    new Option('--only <names>', `some of: ${NAMES}`).argParser(workloads).default(WORKLOADS, 'all of them'),
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
  const began = performance.now();
  const progress = (text: string) => process.stderr.write(`${text}\n`);
  mkdirSync(DATA, { recursive: true });
  const scratch = mkdtempSync(join(DATA, 'scratch-'));
  process.on('exit', () => rmSync(scratch, { recursive: true, force: true }));
  const dataset = await openDataset(rows, progress);
  const sections: Section[] = [];
  for (const workload of only) {
    const section = workload.run({ dataset, seconds, rounds, scratch, progress });
    sections.push(await section.catch((error: unknown) => failure(workload, error)));
  }
  const minutes = ((performance.now() - began) / 60_000).toFixed(1);
  const facts = {
    ...factsAbout(dataset),
    load: `${rounds} rounds of ${seconds} s each, ${TOOL}${CAVEAT}`,
    took: `${minutes} min`,
  };
  process.stdout.write(`${render('Taskgate bench', facts, sections)}\n`);
}

/** The other items may have taken an hour: their figures are printed anyway. */
function failure({ name }: Workload, error: unknown): Section {
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

function factsAbout(dataset: Dataset): Record<string, string> {
  const db = new Database(':memory:');
  const sqlite = db.prepare<[], string>('SELECT sqlite_version()').pluck().get() ?? '';
  db.close();
  const sizes = sizesOf(dataset);
  const commit = spawnSync('git', ['describe', '--always', '--dirty'], { encoding: 'utf8' }).stdout;
  return {
    processor: `${cpus()[0]?.model ?? 'unknown'}, ${availableParallelism()} cores`,
    versions: `Node ${process.versions.node}, SQLite ${sqlite}, taskgate ${commit.trim()}`,
    tasks: `${count(dataset.rows)} of each kind`,
    databases: `taskgate ${count(sizes.taskgate / 1e6)} MB, plain ${count(sizes.plain / 1e6)} MB`,
  };
}

function integer(least: number) {
  return (text: string): number => {
    if (!/^\d{1,9}$/.test(text) || Number(text) < least) {
      throw new InvalidArgumentError(`It must be an integer of ${least} or more.`);
    }
    return Number(text);
  };
}

function workloads(text: string): readonly Workload[] {
  const names = text.split(',').map((name) => name.trim());
  const unknown = names.find((name) => !WORKLOADS.some((workload) => workload.name === name));
  if (unknown !== undefined)
    throw new InvalidArgumentError(`Unknown workload "${unknown}"; choose from ${NAMES}.`);
  return WORKLOADS.filter(({ name }) => names.includes(name));
}
