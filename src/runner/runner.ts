import { type Claim, type ClaimedTask, UnwritableTaskError } from '../db/queries/task-runs.ts';
import type { ServicesTaskRow } from '../db/rows.ts';
import { BusyError } from '../db/store.ts';
import { createFairQueue } from '../lib/fair-queue.ts';
import { createRetryPauses } from '../lib/retry-pauses.ts';
import { keepLease, type Lease } from './lease.ts';
import type { Perform } from './perform.ts';
import { type RunDependencies, runClaimed } from './run.ts';
import { withTimeLimit } from './time-limit.ts';

export interface RunnerOptions extends RunDependencies {
  /** The actions that are supported. */
  actions: readonly string[];
  /** How many due tasks run at a time, and how many tasks that clients execute. */
  parallel: number;
  /** The time that an action may take, in milliseconds. */
  runTimeoutMs: number;
  /** A fresh name for a run. */
  newRunId(): string;
}

/** The result of a request to run a task now. */
export type Executed =
  | { task: ServicesTaskRow }
  | { refusal: 'missing' | 'running' | 'unhandled' | 'stopping' | 'lost' };

/** Runs Services tasks. */
export interface Runner {
  readonly actions: readonly string[];
  /** Begins to claim tasks that are due, until the runner is stopped. */
  start(): void;
  /** Runs one task of a chain now, due or not, and waits for its end. @throws BusyError when too many wait already */
  execute(chain: number, id: number): Promise<Executed>;
  /** Breaks off and releases what runs. Resolves when all is written. */
  stop(): Promise<void>;
}

/** How often a runner that has nothing to do looks for due tasks, in milliseconds. */
const POLL_INTERVAL_MS = 1000;

/** How soon a task is tried again whose rows the database refuses to write, in milliseconds. */
const FIRST_PAUSE_MS = 1000;
const MAX_PAUSE_MS = 600_000;

/** Tasks that clients execute at a time, waiting ones included. */
const MAX_EXECUTING = 100;
const MAX_EXECUTING_PER_CHAIN = 20;

export function createRunner(options: RunnerOptions): Runner {
  const { runs, actions, parallel, newRunId, now, wait, leaseMs, reportError } = options;
  const stopping = new AbortController();
  const leases = new Set<Lease>();
  const scheduled = new Set<Promise<unknown>>();
  /** Runs that try to write their end in the background: they must not keep others from starting. */
  const ending = new Set<Promise<void>>();
  const executing = new Map<Promise<Executed>, number>();
  // Two bounds: clients that execute tasks must not keep due ones from starting.
  const perform = withTimeLimit(options.perform, options.runTimeoutMs);
  const clientQueue = createFairQueue(parallel);
  const performForClient: Perform = (order, listener) =>
    clientQueue.run(order.task.chain, () => perform(order, listener));
  const pauses = createRetryPauses<number>({ now, firstPauseMs: FIRST_PAUSE_MS, maxPauseMs: MAX_PAUSE_MS });
  let lastChain: number | undefined;
  let loop: Promise<void> | undefined;

  /** First renews what this process runs: after a pause, it would find its own leases expired. */
  async function newClaim(): Promise<Claim> {
    await Promise.all([...leases].map((lease) => lease.renewIfLate()));
    return { run: newRunId(), now: now(), until: now() + leaseMs };
  }

  /** Leaves a task alone for a while whose rows the database refuses to write. */
  function passOver(error: UnwritableTaskError, { run }: Claim): void {
    reportError(error, { task: error.task, run, ...pauses.fail(error.task) });
  }

  async function run(
    claimed: ClaimedTask,
    claim: Claim,
    perform: Perform,
  ): Promise<ServicesTaskRow | undefined> {
    const task = claimed.task.id;
    const lease = keepLease(options, task, claim.run);
    leases.add(lease);
    if (claimed.logError !== undefined) reportError(claimed.logError, { task, run: claim.run });
    let work: Promise<void> | undefined;
    const endLease = () => {
      lease.end();
      leases.delete(lease);
    };
    try {
      const ended = await runClaimed(
        { ...options, perform },
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
    const ended = run(claimed, claim, perform).catch((error: unknown) => {
      if (error instanceof UnwritableTaskError) passOver(error, claim);
      else reportError(error, { task: claimed.task.id, run: claim.run });
    });
    track(scheduled, ended);
  }

  /** Returns false if it is of no use to look for the next task at once. */
  async function claimNext(): Promise<boolean> {
    const claim = await newClaim();
    try {
      const claimed = await runs.claimNext(actions, claim, lastChain, pauses.paused());
      if (!claimed) {
        const refused = await runs.warnOfUnsupported(actions, now(), pauses.paused());
        for (const error of refused) passOver(error, claim);
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
      passOver(error, claim);
      // The chain has had its turn.
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

  async function executeOne(chain: number, id: number): Promise<Executed> {
    const claim = await newClaim();
    const claimed = await runs.claim(chain, id, actions, claim);
    if ('refusal' in claimed) return claimed;
    const task = await run(claimed, claim, performForClient);
    if (task) return { task };
    return { refusal: stopping.signal.aborted ? 'stopping' : 'lost' };
  }

  function requireRoom(chain: number): void {
    const ofChain = [...executing.values()].filter((other) => other === chain).length;
    if (executing.size >= MAX_EXECUTING || ofChain >= MAX_EXECUTING_PER_CHAIN) {
      throw new BusyError('Too many tasks are executed already.');
    }
  }

  return {
    actions,
    start() {
      loop ??= work();
    },
    async execute(chain, id) {
      if (stopping.signal.aborted) return { refusal: 'stopping' };
      requireRoom(chain);
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

/** Keeps a promise, which never rejects, in a set until it is settled. */
function track<T>(set: Set<Promise<T>>, promise: Promise<T>): void {
  set.add(promise);
  void promise.finally(() => set.delete(promise));
}
