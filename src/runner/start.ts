import { randomUUID } from 'node:crypto';
import { availableParallelism } from 'node:os';
import { setTimeout } from 'node:timers/promises';
import type { Logger } from 'pino';
import type { Config } from '../config.ts';
import type { Store } from '../db/open.ts';
import { createExportSweeper } from '../exports/sweeper.ts';
import { createActionPool } from './action-pool.ts';
import { ACTIONS_FOLDER, loadActions } from './actions.ts';
import { createRunner, type Runner } from './runner.ts';

/** How a process runs tasks; other values are for tests. */
export interface RunnerSettings {
  /** As a file: URL. */
  actionsFolder?: string;
  leaseMs?: number;
}

/** How long a task waits after the process that ran it was killed, in milliseconds. */
const LEASE_MS = 30_000;

const PROCESSES = Math.max(1, availableParallelism() - 1);

/** A runner whose actions run in processes of their own; its loop has not begun. `stop` ends those too. */
export async function openRunner(
  { databaseUrl, exportsDir, exportSourceUrl, exportsCsvBom: csvBom }: Config,
  store: Store,
  log: Logger,
  now: () => number,
  { actionsFolder = ACTIONS_FOLDER, leaseMs = LEASE_MS }: RunnerSettings = {},
): Promise<Runner> {
  const actions = [...(await loadActions(actionsFolder)).keys()];
  const pool = createActionPool({ actionsFolder, exportsDir, exportSourceUrl, csvBom }, PROCESSES);
  const sweeper = createExportSweeper({ databaseUrl, exportsDir, store, log, now });
  const runner = createRunner({
    ...sweeper.watch({ runs: store.servicesRuns, perform: pool.perform }),
    actions,
    parallel: PROCESSES,
    leaseMs,
    now,
    newRunId: randomUUID,
    wait: (milliseconds, signal) => setTimeout(milliseconds, undefined, { signal }).catch(() => {}),
    reportError: (error, { task, run }) => log.error({ err: error, task, run }, 'run failed'),
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
