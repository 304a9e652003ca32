import type { ImportedTask, TaskImport } from '../db/queries/imports.ts';
import { type OnConflict, type Store, UnfinishedImportError } from '../db/store.ts';
import { messageOf } from '../lib/text.ts';
import { BadLine } from '../ndjson/task-lines.ts';
import { exitCodeOfSignal } from '../signals.ts';
import { waitForOtherImport } from './abandoned-imports.ts';
import { type CommandContext, CommandError, printJson, printMessage, sentenceOf } from './command.ts';
import { loadLines, type Summary } from './import-batches.ts';
import { findBadLine } from './import-check.ts';
import { type ImportInput, openInput, parseLines } from './import-input.ts';
import {
  createIdentitySet,
  hdpKind,
  type ImportKind,
  type Outcome,
  repeatedLine,
  servicesKind,
} from './import-kinds.ts';
import { startProgress } from './progress.ts';
import { withStore } from './with-store.ts';

export type Api = 'services' | 'hdp';

export interface ImportOptions {
  onConflict: OnConflict;
  /** Loads the valid lines and reports the others, instead of all or nothing. */
  keepGoing: boolean;
  /** Lets `replace` move a Services task to another chain. */
  allowChainChange?: boolean;
}

const MAX_REPORTS = 100;

/** A store and the input for it. */
interface Source<Task> {
  store: Store;
  kind: ImportKind<Task>;
  input: ImportInput;
  /** Progress callback: the number of new bytes and of the lines parsed before them. */
  onProgress(bytes: number, lines: number): void;
}

/**
 * Loads tasks from NDJSON and prints a JSON summary. Each line is a task as its API lists it. Other writers can write between
 * the batches.
 * @param file a path, or `-` for standard input
 * @returns 0, or 1 if bad lines were skipped because of `keepGoing`
 * @throws CommandError at the first bad line without `keepGoing`; then nothing was loaded
 */
export function importTasks(
  context: CommandContext,
  api: Api,
  file: string,
  options: ImportOptions,
): Promise<number> {
  const { onConflict, keepGoing, allowChainChange = false } = options;
  return api === 'services'
    ? runImport(context, api, file, keepGoing, servicesKind({ onConflict, allowChainChange }))
    : runImport(context, api, file, keepGoing, hdpKind({ onConflict }));
}

async function runImport<Task>(
  context: CommandContext,
  api: Api,
  file: string,
  keepGoing: boolean,
  kind: ImportKind<Task>,
): Promise<number> {
  const input = await openInput(context, file);
  const readings = keepGoing ? 1 : 2;
  const progress = startProgress(context, input.size === undefined ? undefined : readings * input.size);
  const reports: string[] = [];
  try {
    const summary = await withStore(context, (store) => {
      const source = { store, kind, input, onProgress: progress.add };
      if (!keepGoing) return loadAllOrNothing(context, source);
      return loadValidLines(context, source, (report) => {
        if (reports.length < MAX_REPORTS) reports.push(`${report}.`);
      });
    });
    // The bar must stop before a message is printed, or it would overwrite the message.
    progress.stop();
    for (const report of reports) printMessage(context, report);
    printJson(context, { api, ...summary });
    if (summary.rejected === 0) return 0;
    const hidden = summary.rejected - reports.length;
    if (hidden > 0) printMessage(context, `${hidden} more bad lines are not shown.`);
    printMessage(context, `${summary.rejected} of ${summary.read} lines were bad and were skipped.`);
    return 1;
  } finally {
    progress.stop();
    await input.close();
  }
}

function loadValidLines<Task>(
  context: CommandContext,
  { store, kind, input, onProgress }: Source<Task>,
  onBadLine: (report: string) => void,
): Promise<Summary> {
  const tasks = kind.start(store, { isAtomic: false });
  return loadLines(parseLines(input.read(), kind.parse, { stopsAtProblem: false, onProgress }), {
    add: createAdder(kind, tasks, () => waitForOtherImport(context, store, tasks.isBlocked, () => {})),
    beforeBatch: () => {},
    onBadLine,
    isEager: true,
  });
}

/** Reads the input twice. The first pass only checks, so that a bad line or a conflict leaves nothing to undo. */
async function loadAllOrNothing<Task>(
  context: CommandContext,
  { store, kind, input, onProgress }: Source<Task>,
): Promise<Summary> {
  const tasks = kind.start(store, { isAtomic: true });
  await waitForOtherImport(context, store, tasks.isBlocked, () => {});
  const options = { stopsAtProblem: true, onProgress };
  const onBadLine = (report: string) => {
    throw new CommandError(`${report}.`);
  };
  const lines = parseLines(input.readAndStore(), kind.parse, options);
  const readAgain = () => parseLines(input.readAgain(), kind.parse, { ...options, onProgress: () => {} });
  const badLine = await findBadLine(lines, readAgain, kind, tasks);
  if (badLine !== undefined) throw new CommandError(`${badLine}. Nothing was imported.`);
  return loadOrUndo(context, tasks, (throwIfStopped) =>
    loadLines(parseLines(input.readAgain(), kind.parse, options), {
      add: createAdder(kind, tasks, () =>
        waitForOtherImport(context, store, tasks.isBlocked, throwIfStopped),
      ),
      beforeBatch: throwIfStopped,
      onBadLine,
      isEager: false,
    }),
  );
}

function createAdder<Task>(
  kind: ImportKind<Task>,
  tasks: TaskImport<Task>,
  waitForOther: () => Promise<void>,
) {
  const addIdentity = createIdentitySet(kind);
  const outcomeOf = (task: Task, result: ImportedTask): Outcome => {
    // A conflict with an earlier line, not with a task that was there before.
    const isRepeated = kind.refusesRepeated && !addIdentity(task) && result.added === 'conflict';
    return isRepeated ? new BadLine(repeatedLine(kind, task)) : kind.outcomeOf(result, task);
  };
  return async (batch: readonly Task[], isLast: boolean) => {
    const results = await addWithRetry(() => tasks.addBatch(batch, isLast), waitForOther);
    return batch.slice(0, results.length).flatMap((task, index) => {
      const result = results[index];
      return result ? [outcomeOf(task, result)] : [];
    });
  };
}

/** Adds a batch. If another import is unfinished, waits and tries again. */
async function addWithRetry(
  add: () => Promise<ImportedTask[]>,
  waitForOther: () => Promise<void>,
): Promise<ImportedTask[]> {
  for (;;) {
    try {
      return await add();
    } catch (error) {
      if (!(error instanceof UnfinishedImportError)) throw error;
    }
    await waitForOther();
  }
}

/**
 * Runs `load` and undoes the import if it fails. A signal stops it.
 * @param load calls `throwIfStopped` before each batch
 * @throws CommandError that says which of its tasks remain
 */
async function loadOrUndo<Task>(
  context: CommandContext,
  tasks: TaskImport<Task>,
  load: (throwIfStopped: () => void) => Promise<Summary>,
): Promise<Summary> {
  let stopSignal: NodeJS.Signals | undefined;
  const restore = context.onStopSignal((signal) => {
    stopSignal ??= signal;
  });
  try {
    return await load(() => {
      if (!stopSignal) return;
      throw new CommandError(`The import was interrupted by ${stopSignal}.`, exitCodeOfSignal(stopSignal));
    });
  } catch (error) {
    const exitCode = error instanceof CommandError ? error.exitCode : 1;
    throw new CommandError(`${sentenceOf(error)} ${await undo(tasks)}`, exitCode);
  } finally {
    restore();
  }
}

/** Undoes an import. @returns a sentence that says which of its tasks remain */
async function undo<Task>(tasks: TaskImport<Task>): Promise<string> {
  try {
    await tasks.undo();
  } catch (error) {
    return (
      `The tasks that the import added cannot be removed now: ${messageOf(error)}; ` +
      'the next taskgate command that can write to the database removes them.'
    );
  }
  const replaced = tasks.replaced();
  if (replaced === 0) return 'Nothing was imported.';
  return `${replaced} tasks were replaced and remain replaced; nothing else was imported.`;
}
