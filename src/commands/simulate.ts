import { setTimeout } from 'node:timers/promises';
import { createUlids } from '../lib/ulids.ts';
import { simulate as runSimulation } from '../simulation/simulation.ts';
import { printJson, printMessage, type ServeContext } from './command.ts';
import { withStore } from './with-store.ts';

/**
 * Simulates processors until a stop signal arrives or, with `once`, until all tasks have ended. Prints a JSON summary.
 * @param options described at `SimulationOptions`
 */
export async function simulate(
  context: ServeContext,
  options: { seed: number; speed: number; tasks: number; once: boolean },
): Promise<number> {
  const stopping = new AbortController();
  context.stopRequested().then(() => stopping.abort());
  const { signal } = stopping;
  await withStore(context, async (store) => {
    printMessage(
      context,
      `Simulating with seed ${options.seed} at speed ${options.speed}; press Ctrl-C to stop.`,
    );
    const summary = await runSimulation({
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
