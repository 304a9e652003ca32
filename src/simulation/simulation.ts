import { setImmediate } from 'node:timers/promises';
import { isEnded, isFailed } from '../db/model/hdp-stages.ts';
import type { Store } from '../db/open.ts';
import { newTransition, type TransitionBody } from '../hdp/transition.ts';
import { nextStep, type Step } from './steps.ts';
import { simulatedTask } from './tasks.ts';

export interface SimulationOptions {
  store: Pick<Store, 'hdpTasks' | 'hdpTaskLifecycle'>;
  /** Decides the outcome of each task. */
  seed: number;
  /** How many times faster than in reality. */
  speed: number;
  /** The number of tasks to create first. */
  tasks: number;
  /** True ends the simulation when every task has ended. False waits for new tasks. */
  once: boolean;
  /** Unix milliseconds. */
  now(): number;
  /** Returns a ULID for a time, greater than all before. */
  newUlid(now: number): string;
  /** Waits this number of milliseconds, or less if the simulation is stopped. */
  sleep(ms: number): Promise<void>;
  isStopping(): boolean;
}

/** The result of a simulation. */
export interface SimulationSummary {
  /** Tasks that it created. */
  made: number;
  /** Status changes. */
  transitions: number;
  completed: number;
  failed: number;
}

/** A step with its due time, in Unix milliseconds. */
type PlannedStep = Step & { dueAt: number };

const MAX_PLANNED_TASKS = 1000;
const POLL_INTERVAL_MS = 1000;
/** The pause after a poll is at least this many times its duration, because polling a million tasks is slow. */
const POLL_PAUSE_FACTOR = 10;

/**
 * Moves HDP tasks that have not ended through the stages, as the reports of processors do (contract B3). Other processes can
 * use the database meanwhile. The same seed gives a task the same history. The speed changes only its times.
 */
export async function simulate(options: SimulationOptions): Promise<SimulationSummary> {
  const { store, seed, speed, now } = options;
  const summary: SimulationSummary = {
    made: await createTasks(options),
    transitions: 0,
    completed: 0,
    failed: 0,
  };
  const planned = new Map<string, PlannedStep>();

  async function plan(uuid: string, from: number): Promise<void> {
    const run = await store.hdpTaskLifecycle.find(uuid);
    const history = (await store.hdpTaskLifecycle.listTransitions(uuid)) ?? [];
    // A created task has a first transition from null to Received, which is not a retry.
    const retries = history.filter((change) => change.toStatus === 'Received' && change.fromStatus !== null);
    const step = run && nextStep(seed, run, retries.length);
    if (step) planned.set(uuid, { ...step, dueAt: from + step.delayMs / speed });
  }

  async function execute(uuid: string, { report, dueAt }: PlannedStep): Promise<void> {
    planned.delete(uuid);
    const moment = { now: now(), newUlid: options.newUlid };
    const reported = await store.hdpTaskLifecycle.report(
      uuid,
      newTransition(uuid, report, toMemberTexts(report)),
      moment,
    );
    // Another process has changed or removed the task. The next poll reads its new status.
    if (reported?.outcome !== 'accepted') return;
    summary.transitions += 1;
    if (!isEnded(report.to_status)) await plan(uuid, dueAt);
    else if (isFailed(report.to_status)) summary.failed += 1;
    else summary.completed += 1;
  }

  let nextPollAt = now();
  while (!options.isStopping()) {
    if (now() >= nextPollAt || planned.size === 0) {
      const startedAt = now();
      for (const uuid of await store.hdpTasks.listUnfinished(MAX_PLANNED_TASKS)) {
        await yieldToEvents();
        if (options.isStopping()) break;
        if (!planned.has(uuid)) await plan(uuid, startedAt);
      }
      if (planned.size === 0 && options.once) break;
      nextPollAt = now() + Math.max(POLL_INTERVAL_MS, POLL_PAUSE_FACTOR * (now() - startedAt));
    }
    const due = [...planned].filter(([, step]) => step.dueAt <= now()).sort(byTime);
    for (const [uuid, step] of due) {
      await yieldToEvents();
      if (options.isStopping()) break;
      await execute(uuid, step);
    }
    const wakeAt = [...planned.values()].reduce((least, step) => Math.min(least, step.dueAt), nextPollAt);
    if (wakeAt > now()) await options.sleep(Math.ceil(wakeAt - now()));
  }
  return summary;
}

/** Yields to the event loop, so that signals are handled. Awaiting the database does not: it is synchronous. */
const yieldToEvents = setImmediate;

const byTime = ([a, { dueAt: dueA }]: [string, PlannedStep], [b, { dueAt: dueB }]: [string, PlannedStep]) =>
  dueA - dueB || (a < b ? -1 : 1);

async function createTasks({
  store,
  seed,
  tasks,
  now,
  newUlid,
  isStopping,
}: SimulationOptions): Promise<number> {
  let made = 0;
  for (let n = 0; n < tasks; n += 1) {
    await yieldToEvents();
    if (isStopping()) break;
    const { uuid, run } = simulatedTask(seed, n);
    if (await store.hdpTaskLifecycle.find(uuid)) continue;
    let taskUuid: string | undefined = uuid;
    await store.hdpTaskLifecycle.create(run, {
      now: now(),
      // The first ULID becomes the uuid of the task.
      newUlid: (time) => {
        const id = taskUuid ?? newUlid(time);
        taskUuid = undefined;
        return id;
      },
    });
    made += 1;
  }
  return made;
}

/** Returns the members of a report as JSON texts, as a request body has them. */
const toMemberTexts = (report: TransitionBody) =>
  new Map(Object.entries(report).map(([name, value]) => [name, JSON.stringify(value)]));
