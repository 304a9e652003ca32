/** The lease of a run. It is renewed while the action runs and while the end of the run is written. */
import type { TaskRunQueries } from '../db/queries/task-runs.ts';

export interface LeaseDependencies {
  runs: Pick<TaskRunQueries, 'renew'>;
  /** The clock of this process, in Unix milliseconds. It decides no lease. */
  now(): number;
  /** Resolves after this many milliseconds, or when the signal is aborted. */
  wait(milliseconds: number, signal: AbortSignal): Promise<void>;
  /** How long a lease lasts, in milliseconds. */
  leaseMs: number;
  /** Receives every internal error, for the server's log. */
  reportError(error: unknown, run: FailedRun): void;
}

/** The run that an error belongs to. */
export interface FailedRun {
  /** Undefined while no task is claimed. */
  task: number | undefined;
  run: string;
  /** Consecutive failures of the task and the time of the next attempt, if the database refused to write its rows. */
  failures?: number;
  retryAt?: number;
}

export interface Lease {
  /** Aborted when another run has claimed the task. */
  readonly lost: AbortSignal;
  /** Renews the lease if a renewal is overdue, for example because the process was suspended. */
  renewIfLate(): Promise<void>;
  /** Stops renewing. */
  end(): void;
}

const RENEWALS_PER_LEASE = 3;

/** The pause before a failed database write is tried again. */
export const RETRY_MS = 1000;

/** Renews a new lease until it is lost or `end` is called. A failed renewal is tried again. */
export function keepLease(
  { runs, now, wait, leaseMs, reportError }: LeaseDependencies,
  task: number,
  run: string,
): Lease {
  const ended = new AbortController();
  const lost = new AbortController();
  const interval = leaseMs / RENEWALS_PER_LEASE;
  let renewedAt = now();

  async function renew(): Promise<boolean> {
    const at = now();
    try {
      if (!(await runs.renew(task, run, leaseMs)) && !ended.signal.aborted) lost.abort();
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
