import type { NewServicesTask } from '../db/rows.ts';
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

/** Parses the lines of one API and adds their tasks. */
interface Loader<Task> {
  parse(json: string): Task;
  /** @throws BadLine when the task cannot be added */
  add(store: Store, task: Task): Promise<Exclude<Added, 'conflict'>>;
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
        inOneTransaction(
          store,
          options.onConflict,
        )(() => addLines(batches, (task) => loader.add(store, task), onBadLine));
      if (input.size !== undefined) return load(lines);
      // No transaction is open while the input makes us wait: others write meanwhile.
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

/** Replacing changes tasks that are counted already, which the bulk way of counting does not know. */
const inOneTransaction = (store: Store, onConflict: OnConflict) =>
  onConflict === 'replace' ? store.transaction : store.bulkLoad;

/** @param onBadLine receives the line and what is wrong with it; may throw to end the import */
async function addLines<Task>(
  batches: AsyncIterable<ParsedLine<Task>[]>,
  add: (task: Task) => ReturnType<Loader<Task>['add']>,
  onBadLine: (report: string) => void,
): Promise<Summary> {
  const summary: Summary = { read: 0, inserted: 0, replaced: 0, skipped: 0, rejected: 0 };
  for await (const lines of batches) {
    for (const line of lines) {
      summary.read += 1;
      const outcome = 'problem' in line ? new BadLine(line.problem) : await tryAdd(line.task, add);
      if (!(outcome instanceof BadLine)) {
        summary[outcome] += 1;
        continue;
      }
      summary.rejected += 1;
      onBadLine(`Line ${line.number}: ${outcome.message}`);
    }
  }
  return summary;
}

async function tryAdd<Task>(task: Task, add: (task: Task) => ReturnType<Loader<Task>['add']>) {
  try {
    return await add(task);
  } catch (error) {
    if (error instanceof BadLine) return error;
    throw error;
  }
}

function servicesLoader({
  onConflict,
  allowChainChange = false,
}: ImportOptions): Loader<ReturnType<typeof parseServicesTask>> {
  return {
    parse: parseServicesTask,
    async add({ servicesTasks }, task) {
      if (onConflict === 'replace' && !allowChainChange) await refuseChainChange(servicesTasks, task);
      return acceptedOr(await servicesTasks.add(task, onConflict), `id ${task.id ?? ''} is already there`);
    },
  };
}

/** A chain is a tenant: replacing its task with another chain's would take the task away from it. */
async function refuseChainChange(tasks: Store['servicesTasks'], task: NewServicesTask): Promise<void> {
  const chain = task.id === undefined ? undefined : await tasks.findChain(task.id);
  if (chain === undefined || chain === task.chain) return;
  throw new BadLine(
    `id ${task.id} belongs to chain ${chain}, not to chain ${task.chain}; --allow-chain-change moves it`,
  );
}

function hdpLoader({ onConflict }: ImportOptions): Loader<ReturnType<typeof parseHdpTask>> {
  return {
    parse: parseHdpTask,
    add: async (store, task) =>
      acceptedOr(await store.hdpTasks.add(task, onConflict), `uuid ${task.uuid} is already there`),
  };
}

/** @throws BadLine on a conflict, with this reason */
function acceptedOr(added: Added, reason: string): Exclude<Added, 'conflict'> {
  if (added === 'conflict') throw new BadLine(reason);
  return added;
}
