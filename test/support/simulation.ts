import { type SimulationOptions, simulate } from '../../src/simulation/simulation.ts';
import { NOW } from './gateway.ts';
import { openTestStore } from './stores.ts';
import { ulid } from './tasks.ts';

/** Creates an empty database, and a simulation whose clock advances when it sleeps. */
export async function createSimulation(defaults: Partial<SimulationOptions> = {}) {
  let now = NOW;
  const store = await openTestStore({ leaseClock: () => now });
  let ids = 0;
  const newUlid = () => {
    ids += 1;
    return ulid(1e9 + ids);
  };
  return {
    store,
    newUlid,
    elapsedMs: () => now - NOW,
    run: (options: Partial<SimulationOptions> = {}) =>
      simulate({
        store,
        seed: 1,
        speed: 1,
        tasks: 0,
        once: true,
        now: () => now,
        newUlid,
        sleep: async (ms) => {
          now += ms;
        },
        isStopping: () => false,
        ...defaults,
        ...options,
      }),
    retry: (uuid: string) => store.hdpTaskLifecycle.retry(uuid, { now, newUlid }),
  };
}

export type Simulation = Awaited<ReturnType<typeof createSimulation>>;
