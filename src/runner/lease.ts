/** The lease of a run: renewed while the run works and while its end is being written. */
import type { TaskRunQueries } from '../db/queries/task-runs.ts';

export interface LeaseDependencies {
  runs: Pick<TaskRunQueries, 'renew'>;
  /** Unix milliseconds. */
  now(): number;
  /** Resolves after this many milliseconds, or when the signal is aborted. */
  wait(milliseconds: number, signal: AbortSignal): Promise<void>;
  /** How long a lease lasts, in milliseconds. */
  leaseMs: number;
  /** Receives every error that is ours, for the server's log. */
  reportError(error: unknown, run: FailedRun): void;
}

/** What an error belongs to. */
export interface FailedRun {
  /** Undefined while no task is claimed. */
  task: number | undefined;
  run: string;
  /** Failures of the task in a row, and when it is tried next, if the database refused to write its rows. */
  failures?: number;
  retryAt?: number;
}

export interface Lease {
  /** Aborted when another run has taken the task. */
  readonly lost: AbortSignal;
  /** Renews the lease if its renewal is late, as after the process was paused. */
  renewIfLate(): Promise<void>;
  /** Stops renewing. */
  end(): void;
}

/** How often a lease is renewed in its length. */
const RENEWALS = 3;

/** How soon a database write that failed is tried again, in milliseconds. */
export const RETRY_MS = 1000;

/** Renews a lease that was just claimed until it is lost or `end` is called. A renewal that fails is tried again. */
export function keepLease(
  { runs, now, wait, leaseMs, reportError }: LeaseDependencies,
  task: number,
  run: string,
): Lease {
  const ended = new AbortController();
  const lost = new AbortController();
  const interval = leaseMs / RENEWALS;
  let renewedAt = now();

  async function renew(): Promise<boolean> {
    const at = now();
    try {
      if (!(await runs.renew(task, run, at + leaseMs)) && !ended.signal.aborted) lost.abort();
      renewedAt = at;
      return true;
    } catch (error) {
      reportError(error, { task, run });
      return false;
    }
  }

  async function keepRenewing(): Promise<void> {
    let pause = interval;
    for (;;) {
      await wait(pause, ended.signal);
      if (ended.signal.aborted || lost.signal.aborted) return;
      pause = (await renew()) ? interval : Math.min(interval, RETRY_MS);
    }
  }

  void keepRenewing();
  return {
    lost: lost.signal,
    async renewIfLate() {
      const age = now() - renewedAt;
      if (age < 0 || age > interval) await renew();
    },
    end: () => ended.abort(),
  };
}
