/** Writes how a run ended. If the end cannot be written, the action is still not run again. */
import {
  type Claim,
  type ClaimedTask,
  type NewLogEntry,
  type RecordedEnd,
  type RunEnd,
  type TaskRunQueries,
  UnwritableTaskError,
} from '../db/queries/task-runs.ts';
import type { ServicesTaskRow } from '../db/rows.ts';
import { type Lease, type LeaseDependencies, RETRY_MS } from './lease.ts';
import { nextInSeries } from './repeat.ts';

export interface EndDependencies extends LeaseDependencies {
  runs: TaskRunQueries;
  /** Returns true if the error is a temporary failure of the database, so that a retry may succeed. */
  isUnavailable(error: unknown): boolean;
}

/** A run with its claimed task. */
export interface Run {
  claimed: ClaimedTask;
  claim: Claim;
  lease: Lease;
  /** Aborted when the runner stops. The run must then end and release its task. */
  stopping: AbortSignal;
  /** Runs `work` in the background and keeps the lease until it is done. */
  continueWith(work: () => Promise<void>): void;
}

/** Maximum number of attempts to write an end that an available database refuses. */
const MAX_REFUSED_WRITES = 3;

/** The longest pause between attempts in the background. */
const MAX_PAUSE_MS = 10_000;

/**
 * Writes how a run ended. While the database is unavailable, it retries as long as the run holds its task. If the
 * database refuses the end:
 * 1. It records the end in the lease. A later claim then writes this end and does not run the action again.
 * 2. It tries ends with fewer details, and finally a bare ERROR.
 * 3. An end that can be neither written nor recorded is retried in the background.
 * @returns the ended task, or undefined when the run has lost it
 * @throws UnwritableTaskError if the database refuses every end; the database's error if it is unavailable when the
 * runner stops
 */
export async function writeEnd(
  deps: EndDependencies,
  run: Run,
  end: RecordedEnd,
): Promise<ServicesTaskRow | undefined> {
  const { reportError, isUnavailable, wait } = deps;
  const { claimed, claim, lease, stopping } = run;
  const { task } = claimed;
  const isLate = claimed.recordedEnd !== undefined;
  let isRecorded = isLate;
  for (let refused = 0; !lease.lost.aborted; ) {
    try {
      return await finish(deps, run, completeEnd(deps, run, end));
    } catch (error) {
      reportError(error, { task: task.id, run: claim.run });
      if (!isUnavailable(error)) {
        refused += 1;
        isRecorded ||= await record(deps, run, end);
        const isLast = isLate || stopping.aborted || refused >= MAX_REFUSED_WRITES;
        if (isLast) return finishOrPostpone(deps, run, end, { isRecorded, refusal: error });
      } else if (stopping.aborted) throw error;
    }
    await wait(RETRY_MS, AbortSignal.any([stopping, lease.lost]));
  }
  return undefined;
}

/** Writes an end with fewer details, or leaves the end to a later claim. @throws UnwritableTaskError in that case */
async function finishOrPostpone(
  deps: EndDependencies,
  run: Run,
  end: RecordedEnd,
  { isRecorded, refusal }: { isRecorded: boolean; refusal: unknown },
): Promise<ServicesTaskRow | undefined> {
  const { id, chain } = run.claimed.task;
  const ended = await finishWithFallbacks(deps, run, end);
  if (ended !== 'refused') return ended;
  if (isRecorded) await release(deps, run);
  else run.continueWith(() => retryUntilWritten(deps, run, end));
  throw new UnwritableTaskError(id, chain, refusal);
}

async function finish({ runs, reportError }: EndDependencies, { claimed, claim }: Run, end: RunEnd) {
  const finished = await runs.finish(claimed.task.id, claim.run, end);
  for (const error of finished?.errors ?? []) reportError(error, { task: claimed.task.id, run: claim.run });
  return finished?.task;
}

/** Tries to write the complete end, then ends with fewer details; the last one only sets the task to ERROR. */
async function finishWithFallbacks(
  deps: EndDependencies,
  run: Run,
  end: RecordedEnd,
): Promise<ServicesTaskRow | undefined | 'refused'> {
  const complete = completeEnd(deps, run, end);
  const now = complete.now;
  const message = `The end of the run could not be written; ${seeServerLog(run.claim.run)}`;
  const entry: NewLogEntry = { time: now, level: 'error', message };
  const failed = { ...complete, status: 'ERROR', result: null, file: null, logs: [entry] } as const;
  const ends = [
    complete,
    { ...complete, isMinimal: true },
    failed,
    { ...failed, isMinimal: true, nextTask: undefined },
  ];
  for (const each of ends) {
    try {
      return await finish(deps, run, each);
    } catch (error) {
      deps.reportError(error, { task: run.claimed.task.id, run: run.claim.run });
    }
  }
  return 'refused';
}

function completeEnd(
  { now, reportError }: EndDependencies,
  { claimed, claim }: Run,
  end: RecordedEnd,
): RunEnd {
  const { startedAt, ...ended } = end;
  const { id, trigger, seriesStart } = claimed.task;
  const time = now();
  const logs: NewLogEntry[] = [...end.logs];
  if (claimed.recordedEnd) {
    logs.push({
      time,
      level: 'warning',
      message: 'The end of the run is written late: the database refused it at first.',
    });
  }
  let nextTask: RunEnd['nextTask'];
  try {
    nextTask = nextInSeries({ trigger, seriesStart: seriesStart ?? undefined, startedAt, now: time });
  } catch (error) {
    reportError(error, { task: id, run: claim.run });
    const message = `The next run could not be created; ${seeServerLog(claim.run)}`;
    logs.push({ time, level: 'error', message });
  }
  return { ...ended, logs, now: time, nextTask };
}

async function record(
  { runs, reportError }: EndDependencies,
  { claimed, claim }: Run,
  end: RecordedEnd,
): Promise<boolean> {
  try {
    return await runs.recordEnd(claimed.task.id, claim.run, end);
  } catch (error) {
    reportError(error, { task: claimed.task.id, run: claim.run });
    return false;
  }
}

/** Releases a lease in which the end is recorded. The next claim of the task writes the end. */
async function release({ runs, reportError }: EndDependencies, { claimed, claim }: Run): Promise<void> {
  try {
    await runs.release(claimed.task.id, claim.run);
  } catch (error) {
    reportError(error, { task: claimed.task.id, run: claim.run });
  }
}

/** Retries to record or to write an end until this succeeds, the runner stops or the run has lost its task. */
async function retryUntilWritten(deps: EndDependencies, run: Run, end: RecordedEnd): Promise<void> {
  const stopped = AbortSignal.any([run.stopping, run.lease.lost]);
  for (let pause = RETRY_MS; ; pause = Math.min(2 * pause, MAX_PAUSE_MS)) {
    await deps.wait(pause, stopped);
    if (stopped.aborted) return;
    if (await record(deps, run, end)) return release(deps, run);
    if ((await finishWithFallbacks(deps, run, end)) !== 'refused') return;
  }
}

export const seeServerLog = (run: string) => `the server's log says why, under the run ${run}.`;
