import { randomUUID } from 'node:crypto';
import { setTimeout } from 'node:timers/promises';
import type { Logger } from 'pino';
import { loadActions } from '../actions/load.ts';
import type { Config } from '../config.ts';
import { isUnavailable, type Store } from '../db/open.ts';
import { createExportSweeper } from '../exports/sweeper.ts';
import { shareOfProcessors } from '../lib/processors.ts';
import { createActionPool } from './action-pool.ts';
import { createRunner, type Runner } from './runner.ts';

type RunnerConfig = Pick<
  Config,
  'databaseUrl' | 'exportsDir' | 'exportSourceUrl' | 'exportsCsvBom' | 'runTimeoutSeconds'
>;

/** How a process runs tasks. */
export interface RunnerSettings {
  /** How many due tasks run at a time, and how many tasks that clients execute. */
  parallel?: number;
  /** A file: URL of a module with other actions, for tests. */
  actionsModule?: string;
  /** For tests. */
  leaseMs?: number;
}

/** How long a task waits after the process that ran it was killed, in milliseconds. */
export const LEASE_MS = 30_000;

/** A runner whose actions run in processes of their own; its loop has not begun. `stop` ends those too. */
export async function openRunner(
  { databaseUrl, exportsDir, exportSourceUrl, exportsCsvBom: csvBom, runTimeoutSeconds }: RunnerConfig,
  store: Store,
  log: Logger,
  now: () => number,
  { parallel = shareOfProcessors(1), actionsModule, leaseMs = LEASE_MS }: RunnerSettings = {},
): Promise<Runner> {
  const actions = [...(await loadActions(actionsModule)).keys()];
  const pool = createActionPool({ actionsModule, exportsDir, exportSourceUrl, csvBom });
  const sweeper = createExportSweeper({ databaseUrl, exportsDir, store, log, now });
  const runner = createRunner({
    ...sweeper.watch({ runs: store.taskRuns, perform: pool.perform }),
    actions,
    parallel,
    leaseMs,
    runTimeoutMs: runTimeoutSeconds * 1000,
    isUnavailable,
    now,
    newRunId: randomUUID,
    wait: (milliseconds, signal) => setTimeout(milliseconds, undefined, { signal }).catch(() => {}),
    reportError: (error, run) => log.error({ err: error, ...run }, 'run failed'),
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
