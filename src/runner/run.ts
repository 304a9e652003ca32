import { z } from 'zod';
import { receiveError } from '../db/error-transfer.ts';
import type { ActionEnd, NewLogEntry } from '../db/queries/task-runs.ts';
import type { ServicesTaskRow } from '../db/rows.ts';
import type { Perform, Performed, RunListener } from './perform.ts';
import { type EndDependencies, type Run, seeServerLog, writeEnd } from './run-end.ts';
import { createRunLog } from './run-log.ts';
import { RunTimeoutError } from './time-limit.ts';

export interface RunDependencies extends EndDependencies {
  perform: Perform;
}

// Tables hold objects in these columns.
const objectText = z.string().transform((text) => z.record(z.string(), z.unknown()).parse(JSON.parse(text)));

/** Runs of one task that may be broken off, one after the other, before the task ends in ERROR. */
const MAX_ATTEMPTS = 3;

type Ending = Omit<ActionEnd, 'logs'> & { entry?: Omit<NewLogEntry, 'time'> };

/**
 * Runs the action of a claimed task, unless it has ended in an earlier run, and writes how it ended.
 * @returns the ended task, or undefined when the run was broken off or has lost its task
 * @throws what `writeEnd` throws
 */
export async function runClaimed(deps: RunDependencies, run: Run): Promise<ServicesTaskRow | undefined> {
  const { runs, now, reportError } = deps;
  const { claimed, claim, lease, stopping } = run;
  const { task } = claimed;
  if (claimed.recordedEnd) return writeEnd(deps, run, claimed.recordedEnd);
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
  return writeEnd(deps, run, { ...outcome, logs: entries, startedAt: claim.now });
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
