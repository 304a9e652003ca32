import { z } from 'zod';
import { receiveError } from '../db/error-transfer.ts';
import type { Claim, ClaimedTask, NewLogEntry, RunEnd, TaskRunQueries } from '../db/queries/task-runs.ts';
import type { ServicesTaskRow } from '../db/rows.ts';
import { type Lease, type LeaseDependencies, RETRY_MS } from './lease.ts';
import type { Perform, Performed, RunListener } from './perform.ts';
import { followerOf } from './repeat.ts';
import { createRunLog } from './run-log.ts';
import { RunTimeoutError } from './time-limit.ts';

export interface RunDependencies extends LeaseDependencies {
  runs: TaskRunQueries;
  perform: Perform;
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
}

// Tables hold objects in these columns.
const objectText = z.string().transform((text) => z.record(z.string(), z.unknown()).parse(JSON.parse(text)));

/** Runs of one task that may be broken off, one after the other, before the task ends in ERROR. */
const MAX_ATTEMPTS = 3;

/** Tries to write the end of a run when the database refuses it for another reason than that it is unavailable. */
const MAX_REFUSED_WRITES = 3;

type Ending = Pick<RunEnd, 'status' | 'result' | 'file'> & { entry?: Omit<NewLogEntry, 'time'> };

/**
 * Runs the action of a claimed task and writes how it ended. Writes are tried again as long as the run holds its task.
 * @returns the ended task, or undefined when the run was broken off or has lost its task
 * @throws whatever the database throws when the end cannot be written; then the lease expires
 */
export async function runClaimed(deps: RunDependencies, run: Run): Promise<ServicesTaskRow | undefined> {
  const { runs, now, reportError } = deps;
  const { claimed, claim, lease, stopping } = run;
  const { task } = claimed;
  const log = createRunLog(
    (entries) => runs.log(task.id, claim.run, entries),
    (error) => reportError(error, { task: task.id, run: claim.run }),
  );
  const ending =
    claimed.attempts > MAX_ATTEMPTS
      ? failed(
          `The task was begun ${MAX_ATTEMPTS} times and no run of it ended, so it is not run again; execute it to try once more.`,
        )
      : await endingOf(deps, run, (level, message) => log.add({ time: now(), level, message }));
  const logs = await log.rest();
  if (lease.lost.aborted) return undefined;
  if (stopping.aborted && ending.status === 'ERROR') {
    await runs.release(task.id, claim.run);
    return undefined;
  }
  const { entry, ...outcome } = ending;
  const entries = entry === undefined ? logs : [...logs, { time: now(), ...entry }];
  return writeEnd(deps, run, {
    ...outcome,
    logs: entries,
    now: now(),
    follower: followerAfter(claimed.task, claim, now()),
  });
}

function followerAfter({ trigger, seriesStart }: ServicesTaskRow, claim: Claim, now: number) {
  return followerOf({ trigger, seriesStart: seriesStart ?? undefined, startedAt: claim.now, now });
}

/** Writes the end of a run or, if the database refuses that for good, that it could not be written. */
async function writeEnd(deps: RunDependencies, run: Run, end: RunEnd): Promise<ServicesTaskRow | undefined> {
  try {
    return await finish(deps, run, end);
  } catch (error) {
    if (run.stopping.aborted) throw error;
    const message = `The end of the run could not be written; ${seeServerLog(run.claim.run)}`;
    return finish(deps, run, {
      ...{ status: 'ERROR', result: null, file: null, now: end.now, follower: undefined },
      logs: [{ time: end.now, level: 'error', message }],
    });
  }
}

async function finish(deps: RunDependencies, run: Run, end: RunEnd): Promise<ServicesTaskRow | undefined> {
  const { runs, reportError, isUnavailable, wait } = deps;
  const { claimed, claim, lease, stopping } = run;
  const names = { task: claimed.task.id, run: claim.run };
  for (let refused = 0; !lease.lost.aborted; ) {
    try {
      const finished = await runs.finish(claimed.task.id, claim.run, end);
      if (finished?.followerError !== undefined) reportError(finished.followerError, names);
      return finished?.task;
    } catch (error) {
      reportError(error, names);
      if (!isUnavailable(error)) refused += 1;
      if (stopping.aborted || refused >= MAX_REFUSED_WRITES) throw error;
    }
    await wait(RETRY_MS, AbortSignal.any([stopping, lease.lost]));
  }
  return undefined;
}

async function endingOf(
  { perform, reportError }: RunDependencies,
  { claimed, claim, lease, stopping }: Run,
  log: RunListener['log'],
): Promise<Ending> {
  const { id, chain, action, trigger, target } = claimed.task;
  const signal = AbortSignal.any([stopping, lease.lost]);
  try {
    const task = { id, chain, trigger: objectText.parse(trigger), target: objectText.parse(target) };
    const performed = await perform({ runId: claim.run, action: action ?? '', task }, { log, signal });
    if ('problem' in performed && performed.cause) {
      reportError(receiveError(performed.cause), { task: id, run: claim.run });
    }
    return toEnding(performed);
  } catch (error) {
    if (error instanceof RunTimeoutError) return failed(error.message);
    if (!signal.aborted) reportError(error, { task: id, run: claim.run });
    return failed(`The run failed unexpectedly; ${seeServerLog(claim.run)}`);
  }
}

function toEnding(performed: Performed): Ending {
  if ('problem' in performed) return failed(performed.problem);
  const { result, file } = performed.outcome;
  return { status: 'DONE', result, file: file ?? null };
}

const failed = (message: string): Ending => ({
  status: 'ERROR',
  result: null,
  file: null,
  entry: { level: 'error', message },
});

const seeServerLog = (run: string) => `the server's log says why, under the run ${run}.`;
