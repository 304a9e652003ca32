import { type Claim, type ClaimedTask, UnwritableTaskError } from '../db/queries/task-runs.ts';
import type { ServicesTaskRow } from '../db/rows.ts';
import { BusyError } from '../db/store.ts';
import { createFairQueue } from '../lib/fair-queue.ts';
import { createRetryPauses } from '../lib/retry-pauses.ts';
import { keepLease, type Lease } from './lease.ts';
import { type RunDependencies, runClaimed } from './run.ts';
import type { RunAction } from './run-action.ts';
import { withTimeLimit } from './time-limit.ts';

export interface RunnerOptions extends RunDependencies {
  /** The actions that are supported. */
  actions: readonly string[];
  /** Maximum number of due tasks that run concurrently, and of tasks that clients execute concurrently. */
  parallel: number;
  /** Time limit of an action. */
  runTimeoutMs: number;
  /** Returns a new unique id. */
  newRunId(): string;
}

/** The result of a request to run a task now. */
export type ExecuteResult =
  | { task: ServicesTaskRow }
  | { refusal: 'missing' | 'running' | 'unhandled' | 'stopping' | 'lost' };

/** Runs Services tasks. */
export interface Runner {
  readonly actions: readonly string[];
  /** Starts to claim due tasks, until the runner is stopped. */
  start(): void;
  /** Runs one task of a chain now, due or not, and waits for its end. @throws BusyError when too many are executed */
  execute(chain: number, id: number): Promise<ExecuteResult>;
  /** Aborts all runs and releases their tasks. Resolves when everything is written. */
  stop(): Promise<void>;
}

/** How often an idle runner looks for due tasks. */
const POLL_INTERVAL_MS = 1000;

/** The first and the longest pause before a task whose rows the database refuses to write is tried again. */
const FIRST_PAUSE_MS = 1000;
const MAX_PAUSE_MS = 600_000;

/** Maximum number of tasks that clients execute, including waiting tasks. */
const MAX_EXECUTING = 100;
const MAX_EXECUTING_PER_CHAIN = 20;

export function createRunner(options: RunnerOptions): Runner {
  const { runs, actions, parallel, newRunId, now, wait, leaseMs, reportError } = options;
  const stopping = new AbortController();
  const leases = new Set<Lease>();
  const scheduled = new Set<Promise<unknown>>();
  /** Runs that write their end in the background. They do not count towards `parallel`. */
  const ending = new Set<Promise<void>>();
  const executing = new Map<Promise<ExecuteResult>, number>();
  // The client queue has its own limit, so that tasks that clients execute do not delay due tasks.
  const runAction = withTimeLimit(options.runAction, options.runTimeoutMs);
  const clientQueue = createFairQueue(parallel);
  const runActionForClient: RunAction = (input, listener) =>
    clientQueue.run(input.task.chain, () => runAction(input, listener));
  const pauses = createRetryPauses<number>({ now, firstPauseMs: FIRST_PAUSE_MS, maxPauseMs: MAX_PAUSE_MS });
  let lastChain: number | undefined;
  let loop: Promise<void> | undefined;

  /** Renews the leases of this process first. Otherwise, after a suspension, it could claim its own running tasks. */
  async function newClaim(): Promise<Claim> {
    await Promise.all([...leases].map((lease) => lease.renewIfLate()));
    return { run: newRunId(), leaseMs };
  }

  /** Skips a task for some time, because the database refuses to write its rows. */
  function pauseTask(error: UnwritableTaskError, { run }: Claim): void {
    reportError(error, { task: error.task, run, ...pauses.fail(error.task) });
  }

  async function run(
    claimed: ClaimedTask,
    claim: Claim,
    runAction: RunAction,
  ): Promise<ServicesTaskRow | undefined> {
    const task = claimed.task.id;
    const lease = keepLease(options, task, claim.run);
    // The run is dated by the clock that decides when tasks are due, so that a series continues after its own run.
    const difference = claimed.claimedAt - now();
    leases.add(lease);
    if (claimed.logError !== undefined) reportError(claimed.logError, { task, run: claim.run });
    let work: Promise<void> | undefined;
    const endLease = () => {
      lease.end();
      leases.delete(lease);
    };
    try {
      const ended = await runClaimed(
        { ...options, runAction, now: () => now() + difference },
        {
          ...{ claimed, claim, lease, stopping: stopping.signal },
          continueWith(begin) {
            work = begin().finally(endLease);
          },
        },
      );
      pauses.succeed(task);
      return ended;
    } finally {
      if (work) track(ending, work);
      else endLease();
    }
  }

  function runScheduled(claimed: ClaimedTask, claim: Claim): void {
    const ended = run(claimed, claim, runAction).catch((error: unknown) => {
      if (error instanceof UnwritableTaskError) pauseTask(error, claim);
      else reportError(error, { task: claimed.task.id, run: claim.run });
    });
    track(scheduled, ended);
  }

  /** Claims and starts the next due task. Returns false if the caller should wait before it claims again. */
  async function claimNext(): Promise<boolean> {
    const claim = await newClaim();
    try {
      const claimed = await runs.claimNext(actions, claim, lastChain, pauses.paused());
      if (!claimed) {
        const refused = await runs.warnOfUnsupported(actions, pauses.paused());
        for (const error of refused) pauseTask(error, claim);
        return false;
      }
      lastChain = claimed.task.chain;
      runScheduled(claimed, claim);
      return true;
    } catch (error) {
      if (!(error instanceof UnwritableTaskError)) {
        reportError(error, { task: undefined, run: claim.run });
        return false;
      }
      pauseTask(error, claim);
      // Continue with the next chain.
      lastChain = error.chain ?? lastChain;
      return !pauses.isFull();
    }
  }

  async function work(): Promise<void> {
    while (!stopping.signal.aborted) {
      if (scheduled.size >= parallel) await Promise.race(scheduled);
      else if (!(await claimNext())) await wait(POLL_INTERVAL_MS, stopping.signal);
    }
  }

  async function executeOne(chain: number, id: number): Promise<ExecuteResult> {
    const claim = await newClaim();
    const claimed = await runs.claim(chain, id, actions, claim);
    if ('refusal' in claimed) return claimed;
    const task = await run(claimed, claim, runActionForClient);
    if (task) return { task };
    return { refusal: stopping.signal.aborted ? 'stopping' : 'lost' };
  }

  function requireCapacity(chain: number): void {
    const ofChain = [...executing.values()].filter((other) => other === chain).length;
    if (executing.size >= MAX_EXECUTING || ofChain >= MAX_EXECUTING_PER_CHAIN) {
      throw new BusyError('Too many tasks are being executed.');
    }
  }

  return {
    actions,
    start() {
      loop ??= work();
    },
    async execute(chain, id) {
      if (stopping.signal.aborted) return { refusal: 'stopping' };
      requireCapacity(chain);
      const execution = executeOne(chain, id);
      executing.set(execution, chain);
      return execution.finally(() => executing.delete(execution));
    },
    async stop() {
      stopping.abort();
      await loop;
      await Promise.allSettled([...executing.keys(), ...scheduled]);
      await Promise.allSettled(ending);
    },
  };
}

/** Keeps a promise in a set until it is settled. The promise must not reject. */
function track<T>(set: Set<Promise<T>>, promise: Promise<T>): void {
  set.add(promise);
  void promise.finally(() => set.delete(promise));
}
