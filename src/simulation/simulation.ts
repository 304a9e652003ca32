import { setImmediate } from 'node:timers/promises';
import { isEnded, isFailed } from '../db/model/hdp-stages.ts';
import type { Store } from '../db/open.ts';
import { newTransition, type TransitionBody } from '../hdp/transition.ts';
import { nextStep, type Step } from './steps.ts';
import { ownTask } from './tasks.ts';

export interface SimulationOptions {
  store: Pick<Store, 'hdpTasks' | 'hdpTaskLifecycle'>;
  /** Decides what becomes of each task. */
  seed: number;
  /** How many times as fast as the real thing. */
  speed: number;
  /** How many tasks to make first. */
  tasks: number;
  /** Whether to end when every task has; else it waits for new ones. */
  once: boolean;
  /** Unix milliseconds. */
  now(): number;
  /** A ULID of a time; those of one process only go up. */
  newUlid(now: number): string;
  /** Waits some milliseconds, or shorter when the simulation is to end. */
  sleep(ms: number): Promise<void>;
  isStopping(): boolean;
}

/** What a simulation has done. */
export interface SimulationSummary {
  /** Tasks that it made. */
  made: number;
  /** Changes of a status. */
  transitions: number;
  completed: number;
  failed: number;
}

/** A step that is to be made at a time, in Unix milliseconds. */
type PlannedStep = Step & { at: number };

const MOST_AT_ONCE = 1000;
const LOOK_EVERY_MS = 1000;
// Looking at a million tasks takes a while, which is not to become all that it does.
const LOOKING_SHARE = 10;

/**
 * Moves HDP tasks that have not ended through the stages, as processors would by their reports (contract B3), beside
 * whoever else uses the database. The same seed gives a task the same history; the speed changes only its times.
 */
export async function simulate(options: SimulationOptions): Promise<SimulationSummary> {
  const { store, seed, speed, now } = options;
  const summary: SimulationSummary = {
    made: await makeTasks(options),
    transitions: 0,
    completed: 0,
    failed: 0,
  };
  const planned = new Map<string, PlannedStep>();

  async function plan(uuid: string, from: number): Promise<void> {
    const run = await store.hdpTaskLifecycle.find(uuid);
    const history = (await store.hdpTaskLifecycle.listTransitions(uuid)) ?? [];
    // An imported task has no first transition: only those from somewhere back to the start are retries.
    const retries = history.filter((change) => change.toStatus === 'Received' && change.fromStatus !== null);
    const step = run && nextStep(seed, run, retries.length);
    if (step) planned.set(uuid, { ...step, at: from + step.afterMs / speed });
  }

  async function make(uuid: string, { report, at }: PlannedStep): Promise<void> {
    planned.delete(uuid);
    const moment = { now: now(), newUlid: options.newUlid };
    const reported = await store.hdpTaskLifecycle.report(
      uuid,
      newTransition(uuid, report, membersOf(report)),
      moment,
    );
    // Somebody else has moved or removed it: the next look finds where it is.
    if (reported?.outcome !== 'accepted') return;
    summary.transitions += 1;
    if (!isEnded(report.to_status)) await plan(uuid, at);
    else if (isFailed(report.to_status)) summary.failed += 1;
    else summary.completed += 1;
  }

  let nextLook = now();
  while (!options.isStopping()) {
    if (now() >= nextLook || planned.size === 0) {
      const begun = now();
      for (const uuid of await store.hdpTasks.listUnfinished(MOST_AT_ONCE)) {
        await nextTurn();
        if (options.isStopping()) break;
        if (!planned.has(uuid)) await plan(uuid, begun);
      }
      if (planned.size === 0 && options.once) break;
      nextLook = now() + Math.max(LOOK_EVERY_MS, LOOKING_SHARE * (now() - begun));
    }
    const due = [...planned].filter(([, step]) => step.at <= now()).sort(byTime);
    for (const [uuid, step] of due) {
      await nextTurn();
      if (options.isStopping()) break;
      await make(uuid, step);
    }
    const soonest = [...planned.values()].reduce((least, step) => Math.min(least, step.at), nextLook);
    if (soonest > now()) await options.sleep(Math.ceil(soonest - now()));
  }
  return summary;
}

/** Lets the process receive signals: the database answers at once, so awaiting it alone would not. */
const nextTurn = setImmediate;

const byTime = ([a, { at: atA }]: [string, PlannedStep], [b, { at: atB }]: [string, PlannedStep]) =>
  atA - atB || (a < b ? -1 : 1);

async function makeTasks({
  store,
  seed,
  tasks,
  now,
  newUlid,
  isStopping,
}: SimulationOptions): Promise<number> {
  let made = 0;
  for (let n = 0; n < tasks; n += 1) {
    await nextTurn();
    if (isStopping()) break;
    const { uuid, run } = ownTask(seed, n);
    if (await store.hdpTaskLifecycle.find(uuid)) continue;
    let own: string | undefined = uuid;
    await store.hdpTaskLifecycle.create(run, {
      now: now(),
      // The first that is asked for becomes the task's own.
      newUlid: (time) => {
        const id = own ?? newUlid(time);
        own = undefined;
        return id;
      },
    });
    made += 1;
  }
  return made;
}

/** The members of a report as JSON texts, as if it had come over the wire. */
const membersOf = (report: TransitionBody) =>
  new Map(Object.entries(report).map(([name, value]) => [name, JSON.stringify(value)]));
