/** Writes how a run ended. An action that has ended is not run again because its end cannot be written. */
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
import { followerOf } from './repeat.ts';

export interface EndDependencies extends LeaseDependencies {
  runs: TaskRunQueries;
  /** Whether the database could not serve at that moment, so that trying again may help. */
  isUnavailable(error: unknown): boolean;
}

/** A run that has claimed its task. */
export interface Run {
  claimed: ClaimedTask;
  claim: Claim;
  lease: Lease;
  /** Aborted when the run is to be broken off and its task released. */
  stopping: AbortSignal;
  /** Continues with `work` in the background, and keeps the lease meanwhile. */
  continueWith(work: () => Promise<void>): void;
}

/** Tries to write the end of a run when the database refuses it for another reason than that it is unavailable. */
const MAX_REFUSED_WRITES = 3;

/** The longest pause between tries to write an end that cannot be recorded either, in milliseconds. */
const MAX_PAUSE_MS = 10_000;

/**
 * Writes how a run ended. While the database is unavailable, it tries again as long as the run holds its task. If the
 * database refuses the end, it records the end in the lease, so that a later claim writes it in place of another run; then
 * it tries ends with less in them, and at last an ERROR. An end that cannot be recorded is tried on in the background.
 * @returns the ended task, or undefined when the run has lost it
 * @throws UnwritableTaskError if the database refuses every end; what it throws if it is unavailable when the run must stop
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

/** Ends a run whose end was refused, or leaves that to a later claim. @throws UnwritableTaskError if it is left */
async function finishOrPostpone(
  deps: EndDependencies,
  run: Run,
  end: RecordedEnd,
  { isRecorded, refusal }: { isRecorded: boolean; refusal: unknown },
): Promise<ServicesTaskRow | undefined> {
  const { id, chain } = run.claimed.task;
  const ended = await finishSomehow(deps, run, end);
  if (ended !== 'refused') return ended;
  if (isRecorded) await release(deps, run);
  else run.continueWith(() => keepTrying(deps, run, end));
  throw new UnwritableTaskError(id, chain, refusal);
}

async function finish({ runs, reportError }: EndDependencies, { claimed, claim }: Run, end: RunEnd) {
  const finished = await runs.finish(claimed.task.id, claim.run, end);
  for (const error of finished?.errors ?? []) reportError(error, { task: claimed.task.id, run: claim.run });
  return finished?.task;
}

/** Tries the end, and then ends with less and less in them; the last is no more than that the task is in ERROR. */
async function finishSomehow(
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
    nextTask = followerOf({ trigger, seriesStart: seriesStart ?? undefined, startedAt, now: time });
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

/** Releases the lease of a run whose end is recorded, so that it is written when the task is claimed again. */
async function release({ runs, reportError }: EndDependencies, { claimed, claim }: Run): Promise<void> {
  try {
    await runs.release(claimed.task.id, claim.run);
  } catch (error) {
    reportError(error, { task: claimed.task.id, run: claim.run });
  }
}

/** Tries to write or to record an end until the run must stop or has lost its task. */
async function keepTrying(deps: EndDependencies, run: Run, end: RecordedEnd): Promise<void> {
  const stopped = AbortSignal.any([run.stopping, run.lease.lost]);
  for (let pause = RETRY_MS; ; pause = Math.min(2 * pause, MAX_PAUSE_MS)) {
    await deps.wait(pause, stopped);
    if (stopped.aborted) return;
    if (await record(deps, run, end)) return release(deps, run);
    if ((await finishSomehow(deps, run, end)) !== 'refused') return;
  }
}

export const seeServerLog = (run: string) => `the server's log says why, under the run ${run}.`;
