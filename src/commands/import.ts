import type { Added, OnConflict, Store } from '../db/store.ts';
import { type CommandContext, CommandError, printJson, say } from './command.ts';
import { openInput, type ParsedLine, parseLines } from './import-input.ts';
import { startProgress } from './progress.ts';
import { spool } from './spool.ts';
import { BadLine, parseHdpTask, parseServicesTask } from './task-lines.ts';
import { withStore } from './with-store.ts';

export type Api = 'services' | 'hdp';

export interface ImportOptions {
  onConflict: OnConflict;
  /** Load the good lines and report the bad ones, instead of all or nothing. */
  keepGoing: boolean;
  /** Lets `replace` move a Services task to another chain. */
  allowChainChange?: boolean;
}

/** What an import did, counted in lines. */
type Summary = Record<'read' | Exclude<Added, 'conflict'> | 'rejected', number>;

const MOST_REPORTED = 100;

/** What became of a line. */
type Outcome = Exclude<Added, 'conflict'> | BadLine;

/** Parses the lines of one API and adds their tasks. */
interface Loader<Task> {
  parse(json: string): Task;
  add(store: Store, tasks: readonly Task[]): Promise<Outcome[]>;
}

/**
 * Loads NDJSON, each line one task as its API lists it, in one transaction, and prints a JSON summary.
 * @param file a path, or `-` for standard input
 * @returns 0, or 1 when `keepGoing` left bad lines out
 * @throws CommandError at the first bad line without `keepGoing`; then nothing has been loaded
 */
export function importTasks(
  context: CommandContext,
  api: Api,
  file: string,
  options: ImportOptions,
): Promise<number> {
  return api === 'services'
    ? runImport(context, api, file, options, servicesLoader(options))
    : runImport(context, api, file, options, hdpLoader(options));
}

async function runImport<Task>(
  context: CommandContext,
  api: Api,
  file: string,
  options: ImportOptions,
  loader: Loader<Task>,
): Promise<number> {
  const input = await openInput(context, file);
  const progress = startProgress(context, input.size);
  const reports: string[] = [];
  const onBadLine = (report: string) => {
    if (!options.keepGoing) throw new CommandError(`${report}. Nothing was imported.`);
    if (reports.length < MOST_REPORTED) reports.push(`${report}.`);
  };
  try {
    const summary = await withStore(context, async (store) => {
      const lines = parseLines(input.stream, loader.parse, {
        stopsAtProblem: !options.keepGoing,
        onProgress: progress.add,
      });
      const load = (batches: AsyncIterable<ParsedLine<Task>[]>) =>
        addLines(batches, (tasks) => loader.add(store, tasks), onBadLine);
      if (options.keepGoing) return load(lines);
      const spooled = await spool(lines);
      return load(spooled.batches()).finally(spooled.close);
    });
    // Only now: the bar would be drawn over what is said before it stops.
    progress.stop();
    for (const report of reports) say(context, report);
    printJson(context, { api, ...summary });
    if (summary.rejected === 0) return 0;
    const unnamed = summary.rejected - reports.length;
    if (unnamed > 0) say(context, `${unnamed} more bad lines are not named.`);
    say(context, `${summary.rejected} of ${summary.read} lines were bad and left out.`);
    return 1;
  } finally {
    progress.stop();
    input.stream.destroy();
  }
}

/** @param onBadLine receives the line and what is wrong with it; may throw to end the import */
async function addLines<Task>(
  batches: AsyncIterable<ParsedLine<Task>[]>,
  add: (tasks: Task[]) => Promise<Outcome[]>,
  onBadLine: (report: string) => void,
): Promise<Summary> {
  const summary: Summary = { read: 0, inserted: 0, replaced: 0, skipped: 0, rejected: 0 };
  for await (const lines of batches) {
    const outcomes = (await add(lines.flatMap((line) => ('task' in line ? [line.task] : [])))).values();
    for (const line of lines) {
      summary.read += 1;
      const outcome = 'problem' in line ? new BadLine(line.problem) : outcomes.next().value;
      if (typeof outcome === 'string') summary[outcome] += 1;
      else {
        summary.rejected += 1;
        onBadLine(`Line ${line.number}: ${outcome?.message}`);
      }
    }
  }
  return summary;
}

function servicesLoader({
  onConflict,
  allowChainChange = false,
}: ImportOptions): Loader<ReturnType<typeof parseServicesTask>> {
  return {
    parse: parseServicesTask,
    async add({ servicesTasks }, tasks) {
      const added = await servicesTasks.addAll(tasks, { onConflict, allowChainChange });
      return added.map(({ added, ofChain }, index) => {
        const { id, chain } = tasks[index] ?? {};
        if (ofChain === undefined) return outcomeOf(added, `id ${id} is already there`);
        return new BadLine(
          `id ${id} belongs to chain ${ofChain}, not to chain ${chain}; --allow-chain-change moves it`,
        );
      });
    },
  };
}

function hdpLoader({ onConflict }: ImportOptions): Loader<ReturnType<typeof parseHdpTask>> {
  return {
    parse: parseHdpTask,
    async add({ hdpTasks }, tasks) {
      const added = await hdpTasks.addAll(tasks, onConflict);
      return added.map((outcome, index) => outcomeOf(outcome, `uuid ${tasks[index]?.uuid} is already there`));
    },
  };
}

const outcomeOf = (added: Added, conflict: string): Outcome =>
  added === 'conflict' ? new BadLine(conflict) : added;
