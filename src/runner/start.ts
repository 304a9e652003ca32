import { randomUUID } from 'node:crypto';
import { availableParallelism } from 'node:os';
import { setTimeout } from 'node:timers/promises';
import type { Logger } from 'pino';
import { loadActions } from '../actions/registry.ts';
import type { Config } from '../config.ts';
import { isUnavailable, type Store } from '../db/open.ts';
import { createExportSweeper } from '../exports/sweeper.ts';
import { createFrozenWarning } from '../frozen-warning.ts';
import { logError } from '../log-error.ts';
import { createActionPool } from './action-pool.ts';
import { createRunner, type Runner } from './runner.ts';

type RunnerConfig = Pick<
  Config,
  'databaseUrl' | 'exportsDir' | 'exportSourceUrl' | 'exportsCsvBom' | 'runTimeoutSeconds'
>;

export interface RunnerSettings {
  /** Maximum number of due tasks that run concurrently, and of tasks that clients execute concurrently. */
  parallel?: number;
  /** A file: URL of a module with other actions, for tests. */
  actionsModule?: string;
  /** For tests. */
  leaseMs?: number;
}

/** How long a lease lasts without renewal. If the process of a run is killed, its task waits for this time. */
export const LEASE_MS = 30_000;

/** Creates a runner that runs actions in child processes. `start` starts it; `stop` also ends the child processes. */
export async function openRunner(
  { databaseUrl, exportsDir, exportSourceUrl, exportsCsvBom: csvBom, runTimeoutSeconds }: RunnerConfig,
  store: Store,
  log: Logger,
  now: () => number,
  { parallel = maxParallelism(1), actionsModule, leaseMs = LEASE_MS }: RunnerSettings = {},
): Promise<Runner> {
  const actions = [...(await loadActions(actionsModule)).keys()];
  const pool = createActionPool({ actionsModule, exportsDir, exportSourceUrl, csvBom });
  const sweeper = createExportSweeper({ databaseUrl, exportsDir, store, log, now });
  const warnIfFrozen = createFrozenWarning(log, now);
  const runner = createRunner({
    ...sweeper.watch({ runs: store.taskRuns, runAction: pool.runAction }),
    actions,
    parallel,
    leaseMs,
    runTimeoutMs: runTimeoutSeconds * 1000,
    isUnavailable,
    now,
    newRunId: randomUUID,
    wait: (milliseconds, signal) => setTimeout(milliseconds, undefined, { signal }).catch(() => {}),
    reportError: (error, run) => {
      if (!warnIfFrozen(error)) logError(log, error, 'run failed', run);
    },
  });
  return {
    ...runner,
    start() {
      runner.start();
      sweeper.start();
    },
    async stop() {
      await runner.stop();
      await sweeper.stop();
      await pool.close();
    },
  };
}

/**
 * Returns how many threads or child processes a server process may keep busy: its share of the processors without the one
 * for its own event loop, and at least one.
 * @param workers how many server processes share this machine
 */
export const maxParallelism = (workers: number): number =>
  Math.max(1, Math.floor(availableParallelism() / workers) - 1);
