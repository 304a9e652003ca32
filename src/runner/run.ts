import { z } from 'zod';
import { receiveError } from '../db/error-transfer.ts';
import type { NewLogEntry, RunEnd, ServicesRunQueries } from '../db/queries/services-runs.ts';
import type { ServicesTaskRow } from '../db/schema.ts';
import type { Perform, Performed } from './perform.ts';
import { nextTrigger } from './repeat.ts';

export interface RunDependencies {
  runs: ServicesRunQueries;
  perform: Perform;
  /** Unix milliseconds. */
  now(): number;
  /** Resolves after so many milliseconds, or when the signal is aborted. */
  wait(milliseconds: number, signal: AbortSignal): Promise<void>;
  /** How long a lease lasts, in milliseconds. */
  leaseMs: number;
  /** Told of every error that is ours; the log of a task only says to look there. */
  reportError(error: unknown, run: { task: number; run: string }): void;
}

// Tables hold objects in these columns.
const objectText = z.string().transform((text) => z.record(z.string(), z.unknown()).parse(JSON.parse(text)));

/** A renewal may fail twice before the lease ends. */
const RENEWALS = 3;

/**
 * Runs a task that was claimed, and writes down how it ended.
 * @param stopping when aborted the run is broken off and the task given up
 * @returns the task as it is then, or undefined when the run was broken off or has lost its task
 */
export async function runClaimed(
  deps: RunDependencies,
  task: ServicesTaskRow,
  run: string,
  stopping: AbortSignal,
): Promise<ServicesTaskRow | undefined> {
  const { runs, now } = deps;
  const ended = new AbortController();
  const lost = new AbortController();
  const log = createRunLog(deps, task.id, run);
  const renewing = keepLease(deps, task.id, run, ended.signal, () => lost.abort());
  const end = await performed(deps, task, run, {
    log: (level, message) => log.add({ time: now(), level, message }),
    signal: AbortSignal.any([stopping, lost.signal]),
  });
  ended.abort();
  await renewing;
  const logs = await log.rest();
  if (lost.signal.aborted) return undefined;
  if (stopping.aborted && end.status === 'ERROR') {
    await runs.release(task.id, run);
    return undefined;
  }
  const entries = end.entry === undefined ? logs : [...logs, { time: now(), ...end.entry }];
  const next = nextTrigger(task.trigger, now());
  const { status, result, file } = end;
  return runs.finish(task.id, run, { status, result, file, logs: entries, now: now(), nextTrigger: next });
}

type Ending = Pick<RunEnd, 'status' | 'result' | 'file'> & { entry?: Omit<NewLogEntry, 'time'> };

async function performed(
  { perform, reportError }: RunDependencies,
  { id, chain, action, trigger, target }: ServicesTaskRow,
  run: string,
  listener: Parameters<Perform>[1],
): Promise<Ending> {
  try {
    const task = { id, chain, trigger: objectText.parse(trigger), target: objectText.parse(target) };
    const end = await perform({ runId: run, action: action ?? '', task }, listener);
    if ('problem' in end && end.cause) reportError(receiveError(end.cause), { task: id, run });
    return endingOf(end);
  } catch (error) {
    if (!listener.signal.aborted) reportError(error, { task: id, run });
    return failed(`The run failed unexpectedly; the server's log says why, under the run ${run}.`);
  }
}

function endingOf(end: Performed): Ending {
  if ('problem' in end) return failed(end.problem);
  const { result, file } = end.outcome;
  return { status: 'DONE', result, file: file ?? null };
}

const failed = (message: string): Ending => ({
  status: 'ERROR',
  result: null,
  file: null,
  entry: { level: 'error', message },
});

async function keepLease(
  { runs, now, wait, leaseMs, reportError }: RunDependencies,
  task: number,
  run: string,
  ended: AbortSignal,
  onLost: () => void,
): Promise<void> {
  for (;;) {
    await wait(leaseMs / RENEWALS, ended);
    if (ended.aborted) return;
    try {
      if (!(await runs.renew(task, run, now() + leaseMs))) {
        onLost();
        return;
      }
    } catch (error) {
      reportError(error, { task, run });
    }
  }
}

/** Writes entries as they come, those together that came while others were written. */
function createRunLog({ runs, reportError }: RunDependencies, task: number, run: string) {
  let pending: NewLogEntry[] = [];
  let writing: Promise<void> | undefined;
  async function write(): Promise<void> {
    while (pending.length > 0) {
      const entries = pending;
      pending = [];
      await runs.log(task, run, entries).catch((error) => reportError(error, { task, run }));
    }
    writing = undefined;
  }
  return {
    add(entry: NewLogEntry): void {
      pending.push(entry);
      // Not at once: what comes in one go is written in one go.
      writing ??= Promise.resolve().then(write);
    },
    /** What has not been written; waits for what is being. */
    async rest(): Promise<NewLogEntry[]> {
      const left = pending;
      pending = [];
      await writing;
      return left;
    },
  };
}
