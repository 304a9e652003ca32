import type { Action } from '../../src/actions/action.ts';
import { isUnavailable, type Store } from '../../src/db/open.ts';
import { createRunAction } from '../../src/runner/run-action.ts';
import { createRunner, type Runner } from '../../src/runner/runner.ts';

export const LEASE_MS = 30_000;

/** Creates a runner of actions in this thread, on the clock of the test. It does not poll unless `wait` is given. */
export function createTestRunner(
  store: Store,
  actions: readonly Action[],
  options: {
    now: () => number;
    exportsDir?: string;
    wait?: (milliseconds: number, signal: AbortSignal) => Promise<void>;
    onError?: (error: unknown) => void;
    runTimeoutMs?: number;
    parallel?: number;
  },
): Runner {
  const byName = new Map(actions.map((action) => [action.name, action]));
  const settings = { exportsDir: options.exportsDir ?? '/nowhere', exportSourceUrl: undefined };
  let runs = 0;
  return createRunner({
    runs: store.taskRuns,
    actions: [...byName.keys()],
    runAction: createRunAction(byName, settings, options.now),
    parallel: options.parallel ?? 2,
    runTimeoutMs: options.runTimeoutMs ?? 60_000,
    isUnavailable,
    leaseMs: LEASE_MS,
    now: options.now,
    newRunId: () => {
      runs += 1;
      return `run-${runs}`;
    },
    wait: options.wait ?? untilAborted,
    reportError: options.onError ?? (() => {}),
  });
}

const untilAborted = (_: number, signal: AbortSignal) =>
  new Promise<void>((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener('abort', () => resolve(), { once: true });
  });

/** Dependencies of an app that runs and downloads nothing. */
export const NO_RUNNER = {
  runner: { actions: [], execute: async () => ({ refusal: 'missing' as const }) },
  downloads: { key: Buffer.alloc(32), exportsDir: '/nowhere', servicesUrl: undefined },
};
