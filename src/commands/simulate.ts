import { setTimeout } from 'node:timers/promises';
import { createUlids } from '../lib/ulids.ts';
import { simulate as moveTasks } from '../simulation/simulation.ts';
import { printJson, printMessage, type ServeContext } from './command.ts';
import { withStore } from './with-store.ts';

/**
 * Moves HDP tasks through the stages until it is asked to end or, with `once`, all have ended, and prints a JSON
 * summary.
 * @param options the seed that decides what becomes of each task; how many times as fast as the real thing; how many
 *   tasks to make first
 */
export async function simulate(
  context: ServeContext,
  options: { seed: number; speed: number; tasks: number; once: boolean },
): Promise<number> {
  const stopping = new AbortController();
  context.stopRequested().then(() => stopping.abort());
  const { signal } = stopping;
  await withStore(context, async (store) => {
    printMessage(context, `Simulating with seed ${options.seed} at speed ${options.speed}; Ctrl-C ends it.`);
    const summary = await moveTasks({
      ...options,
      store,
      now: context.now,
      newUlid: createUlids(context.randomBytes),
      sleep: (ms) => setTimeout(ms, undefined, { signal }).catch(() => {}),
      isStopping: () => signal.aborted,
    });
    printJson(context, summary);
  });
  return 0;
}
