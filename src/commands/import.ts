import { open } from 'node:fs/promises';
import type { Readable } from 'node:stream';
import type { Added, OnConflict, Store } from '../db/store.ts';
import { type CommandContext, CommandError, printJson, say } from './command.ts';
import { type Line, readLines } from './lines.ts';
import { startProgress } from './progress.ts';
import { BadLine, parseHdpTask, parseServicesTask } from './task-lines.ts';
import { withStore } from './with-store.ts';

export type Api = 'services' | 'hdp';

export interface ImportOptions {
  onConflict: OnConflict;
  /** Load the good lines and report the bad ones, instead of all or nothing. */
  keepGoing: boolean;
}

/** What an import did, counted in lines. */
type Summary = Record<'read' | Exclude<Added, 'conflict'> | 'rejected', number>;

const MOST_REPORTED = 100;

/**
 * Loads NDJSON, each line one task as its API lists it, in one transaction, and prints a JSON summary.
 * @param file a path, or `-` for standard input
 * @returns 0, or 1 when `keepGoing` left bad lines out
 * @throws CommandError at the first bad line without `keepGoing`; then nothing has been loaded
 */
export async function importTasks(
  context: CommandContext,
  api: Api,
  file: string,
  options: ImportOptions,
): Promise<number> {
  const input = await openInput(context, file);
  const progress = startProgress(context, input.size);
  const reports: string[] = [];
  try {
    const summary = await withStore(context, (store) =>
      inOneTransaction(
        store,
        options.onConflict,
      )(() =>
        load(input.stream, adderFor(api, store, options.onConflict), {
          onBadLine: (report) => {
            if (!options.keepGoing) throw new CommandError(`${report}. Nothing was imported.`);
            if (reports.length < MOST_REPORTED) reports.push(`${report}.`);
          },
          onProgress: progress.add,
        }),
      ),
    );
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

type Add = (json: string) => Promise<Exclude<Added, 'conflict'>>;

interface Watcher {
  /** Told what is wrong with which line; may throw to give up. */
  onBadLine(report: string): void;
  /** Told how many more bytes came in, and how many lines were done before them. */
  onProgress(bytes: number, lines: number): void;
}

async function load(input: Readable, add: Add, { onBadLine, onProgress }: Watcher): Promise<Summary> {
  const summary: Summary = { read: 0, inserted: 0, replaced: 0, skipped: 0, rejected: 0 };
  for await (const lines of readLines(input, (bytes) => onProgress(bytes, summary.read))) {
    for (const line of lines) {
      summary.read += 1;
      const outcome = await tryLine(line, add);
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

async function tryLine(line: Line, add: Add) {
  try {
    if (line.problem !== undefined) throw new BadLine(`it ${line.problem}`);
    return await add(line.text);
  } catch (error) {
    if (error instanceof BadLine) return error;
    throw error;
  }
}

function adderFor(api: Api, store: Store, onConflict: OnConflict): Add {
  const settle = (added: Added, key: string, identity: number | string) => {
    if (added === 'conflict') throw new BadLine(`${key} ${identity} is already there`);
    return added;
  };
  if (api === 'services') {
    return async (json) => {
      const task = parseServicesTask(json);
      return settle(await store.servicesTasks.add(task, onConflict), 'id', task.id ?? '');
    };
  }
  return async (json) => {
    const task = parseHdpTask(json);
    return settle(await store.hdpTasks.add(task, onConflict), 'uuid', task.uuid);
  };
}

async function openInput(
  context: CommandContext,
  file: string,
): Promise<{ stream: Readable; size: number | undefined }> {
  if (file === '-') return { stream: context.stdin, size: undefined };
  try {
    const handle = await open(file);
    const stats = await handle.stat();
    if (stats.isDirectory()) {
      await handle.close();
      throw new Error('it is a directory');
    }
    // A pipe, as of `<(zcat tasks.gz)`, has no size to come.
    const size = stats.isFile() ? stats.size : undefined;
    return { stream: handle.createReadStream({ highWaterMark: 256 * 1024 }), size };
  } catch (error) {
    throw new CommandError(
      `The file ${file} cannot be read: ${error instanceof Error ? error.message : error}.`,
    );
  }
}
