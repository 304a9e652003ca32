import { z } from 'zod';
import { receiveError } from '../db/error-transfer.ts';
import type { ActionEnd, NewLogEntry } from '../db/queries/task-runs.ts';
import type { ServicesTaskRow } from '../db/rows.ts';
import type { ActionResult, RunAction, RunListener } from './run-action.ts';
import { type EndDependencies, type Run, seeServerLog, writeEnd } from './run-end.ts';
import { createRunLog } from './run-log.ts';
import { RunTimeoutError } from './time-limit.ts';

export interface RunDependencies extends EndDependencies {
  runAction: RunAction;
}

// Tables hold objects in these columns.
const jsonObject = z.string().transform((text) => z.record(z.string(), z.unknown()).parse(JSON.parse(text)));

/** Maximum number of consecutive interrupted runs before the task ends in ERROR. */
const MAX_ATTEMPTS = 3;

type Ending = Omit<ActionEnd, 'logs'> & { entry?: Omit<NewLogEntry, 'time'> };

/**
 * Runs the action of a claimed task and writes the end. If an earlier run recorded its end, only writes that end.
 * @returns the ended task, or undefined when the run was interrupted or has lost its task
 * @throws the errors of `writeEnd`
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
          `The task was started ${MAX_ATTEMPTS} times, but no run ended. Execute the task to run it again.`,
        )
      : await runToEnding(deps, run, (level, message) => log.add({ time: now(), level, message }));
  const logs = await log.takeUnwritten();
  if (lease.lost.aborted) return undefined;
  if (stopping.aborted && ending.status === 'ERROR') {
    await runs.release(task.id, claim.run);
    return undefined;
  }
  const { entry, ...outcome } = ending;
  const entries = entry === undefined ? logs : [...logs, { time: now(), ...entry }];
  return writeEnd(deps, run, { ...outcome, logs: entries, startedAt: claimed.claimedAt });
}

async function runToEnding(
  { runAction, reportError }: RunDependencies,
  { claimed, claim, lease, stopping }: Run,
  log: RunListener['log'],
): Promise<Ending> {
  const { id, chain, action, trigger, target } = claimed.task;
  const signal = AbortSignal.any([stopping, lease.lost]);
  try {
    const task = { id, chain, trigger: jsonObject.parse(trigger), target: jsonObject.parse(target) };
    const result = await runAction({ runId: claim.run, action: action ?? '', task }, { log, signal });
    if ('failure' in result && result.cause) {
      reportError(receiveError(result.cause), { task: id, run: claim.run });
    }
    return toEnding(result);
  } catch (error) {
    if (error instanceof RunTimeoutError) return failed(error.message);
    if (!signal.aborted) reportError(error, { task: id, run: claim.run });
    return failed(`The run failed unexpectedly; ${seeServerLog(claim.run)}`);
  }
}

function toEnding(actionResult: ActionResult): Ending {
  if ('failure' in actionResult) return failed(actionResult.failure);
  const { result, file } = actionResult.outcome;
  return { status: 'DONE', result, file: file ?? null };
}

const failed = (message: string): Ending => ({
  status: 'ERROR',
  result: null,
  file: null,
  entry: { level: 'error', message },
});
