import { join } from 'node:path';
import type { Logger } from 'pino';
import { isUnavailable, type Store } from '../db/open.ts';
import type { TaskRunQueries } from '../db/queries/task-runs.ts';
import { messageOf } from '../lib/text.ts';
import type { RunAction } from '../runner/run-action.ts';
import { guardFolder } from './folder-guard.ts';
import { claimFolder, OWNER_FILE } from './folder-owner.ts';
import { removeUnusedFiles, type SweepScope } from './unused-files.ts';

export interface SweeperOptions {
  /** For a database in memory nothing is removed, because it has no tasks of earlier processes. */
  databaseUrl: string;
  exportsDir: string;
  store: Store;
  log: Logger;
  /** Unix milliseconds. */
  now(): number;
}

/** Removes export files that no task points to. */
export interface ExportSweeper {
  /** Sweeps all files now, and then every ten minutes until it is stopped. */
  start(): void;
  /** Sweeps all files. Errors are logged. */
  sweepAll(): Promise<void>;
  /**
   * Wraps dependencies of a runner. After each run, the files of its task are swept. Exports into the folder of another
   * database are refused.
   */
  watch(watched: Watched): Watched;
  /** Resolves when the current sweep has ended. */
  stop(): Promise<void>;
}

export interface Watched {
  runs: TaskRunQueries;
  runAction: RunAction;
}

const SWEEP_INTERVAL_MS = 600_000;

export function createExportSweeper({
  databaseUrl,
  exportsDir,
  store,
  log,
  now,
}: SweeperOptions): ExportSweeper {
  const stopping = new AbortController();
  /** Each path is logged only once. */
  const loggedPaths = new Set<string>();
  /** The tasks that wait for a sweep, by chain. */
  const pending = new Map<number, Set<number>>();
  /** False until the first sweep of all files. */
  let hasSweptAll = false;
  let sweeping: Promise<void> = Promise.resolve();
  let timer: NodeJS.Timeout | undefined;

  const onSkipped = (path: string, reason: string) => {
    if (loggedPaths.has(path)) return;
    loggedPaths.add(path);
    log.warn({ path, reason }, 'export folder entry skipped');
  };

  async function sweepOnce(scope?: SweepScope): Promise<void> {
    if (stopping.signal.aborted || databaseUrl === ':memory:') return;
    const owner = await claimFolder(exportsDir, store, { isExporting: false });
    if (owner === 'foreign') {
      onSkipped(
        join(exportsDir, OWNER_FILE),
        'another database owns this folder; give each its own EXPORTS_DIR',
      );
    }
    if (owner !== 'own') return;
    const options = { exportsDir, files: store.exportFiles, now, onSkipped, signal: stopping.signal };
    const removed = await removeUnusedFiles(options, hasSweptAll ? scope : undefined);
    hasSweptAll = true;
    if (removed > 0) log.info({ removed }, 'unused export files removed');
  }

  /** Queues a sweep. Sweeps run one after another. Tasks of a chain that end during a sweep share the next one. */
  function sweep(ended?: { chain: number; task: number }): void {
    const tasks = ended && pending.get(ended.chain);
    if (tasks) {
      tasks.add(ended.task);
      return;
    }
    const scope = ended && { chain: ended.chain, tasks: new Set([ended.task]) };
    if (scope) pending.set(scope.chain, scope.tasks);
    sweeping = sweeping
      .then(() => {
        if (scope) pending.delete(scope.chain);
        return sweepOnce(scope);
      })
      .catch((error: unknown) =>
        log.warn(
          isUnavailable(error) ? { reason: messageOf(error) } : { err: error },
          'export files cannot be swept',
        ),
      );
  }

  return {
    start() {
      sweep();
      timer ??= setInterval(() => sweep(), SWEEP_INTERVAL_MS).unref();
    },
    async sweepAll() {
      sweep();
      await sweeping;
    },
    watch: ({ runs, runAction }) => ({
      runs: {
        ...runs,
        async finish(task, run, end) {
          const ended = await runs.finish(task, run, end);
          // A run that lost its task may have left a file, and its chain is not known here. So all files are swept.
          sweep(ended && { chain: ended.task.chain, task });
          return ended;
        },
      },
      async runAction(input, listener) {
        try {
          return await guardFolder(runAction, { databaseUrl, exportsDir, store })(input, listener);
        } finally {
          // A run that lost its task does not call `finish`, and may already have completed its file.
          if (listener.signal.aborted) sweep({ chain: input.task.chain, task: input.task.id });
        }
      },
    }),
    async stop() {
      stopping.abort();
      clearInterval(timer);
      await sweeping;
    },
  };
}
