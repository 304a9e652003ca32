import type { ServicesTaskRow } from '../db/schema.ts';
import { BusyError } from '../db/store.ts';
import { type RunDependencies, runClaimed } from './run.ts';

export interface RunnerOptions extends RunDependencies {
  /** The actions that there are. */
  actions: readonly string[];
  /** How many tasks the loop runs at a time. */
  parallel: number;
  /** A fresh name for a run. */
  newRunId(): string;
}

/** How a wish to run a task now was met. */
export type Executed =
  | { task: ServicesTaskRow }
  | { refusal: 'missing' | 'running' | 'unhandled' | 'stopping' | 'lost' };

/** Runs Services tasks. */
export interface Runner {
  readonly actions: readonly string[];
  /** Begins to take the tasks that are due; it goes on until the runner is stopped. */
  start(): void;
  /** Runs one task of a chain at once, due or not, and waits for its end. @throws BusyError when too many wait already */
  execute(chain: number, id: number): Promise<Executed>;
  /** Breaks off what runs, gives it up, and resolves when all is written. */
  stop(): Promise<void>;
}

/** Between two looks for tasks that are due, while there are none, in milliseconds. */
const IDLE_MS = 1000;

/** So many clients may wait for tasks that they execute; one more is refused. */
const MOST_EXECUTING = 100;

export function createRunner(options: RunnerOptions): Runner {
  const { runs, actions, parallel, newRunId, now, wait, leaseMs, reportError } = options;
  const stopping = new AbortController();
  const running = new Set<Promise<ServicesTaskRow | undefined>>();
  const executing = new Set<Promise<Executed>>();
  let loop: Promise<void> | undefined;
  const newClaim = () => ({ run: newRunId(), now: now(), until: now() + leaseMs });

  function start(task: ServicesTaskRow, run: string): Promise<ServicesTaskRow | undefined> {
    const ended = runClaimed(options, task, run, stopping.signal);
    running.add(ended);
    const forget = () => running.delete(ended);
    ended.then(forget, (error) => {
      // The lease ends, and the task is taken again.
      reportError(error, { task: task.id, run });
      forget();
    });
    return ended;
  }

  /** Whether there was a task to take. */
  async function takeNext(): Promise<boolean> {
    const claim = newClaim();
    try {
      const task = await runs.claimNext(actions, claim);
      if (task) start(task, claim.run);
      return task !== undefined;
    } catch (error) {
      reportError(error, { task: 0, run: claim.run });
      return false;
    }
  }

  async function work(): Promise<void> {
    while (!stopping.signal.aborted) {
      if (running.size >= parallel) await Promise.race(running).catch(() => {});
      else if (!(await takeNext())) await wait(IDLE_MS, stopping.signal);
    }
  }

  async function executeOne(chain: number, id: number): Promise<Executed> {
    const claim = newClaim();
    const taken = await runs.claim(chain, id, actions, claim);
    if ('refusal' in taken) return taken;
    const task = await start(taken.task, claim.run);
    if (task) return { task };
    return { refusal: stopping.signal.aborted ? 'stopping' : 'lost' };
  }

  return {
    actions,
    start() {
      loop ??= work();
    },
    async execute(chain, id) {
      if (stopping.signal.aborted) return { refusal: 'stopping' };
      if (executing.size >= MOST_EXECUTING) throw new BusyError('Too many tasks are executed already.');
      const execution = executeOne(chain, id);
      executing.add(execution);
      return execution.finally(() => executing.delete(execution));
    },
    async stop() {
      stopping.abort();
      await loop;
      await Promise.allSettled([...executing, ...running]);
    },
  };
}
