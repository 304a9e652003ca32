import { NOW } from './gateway.ts';

/** A clock under the control of the test. */
export interface TestClock {
  /** Unix milliseconds. */
  now: number;
  read(): number;
}

/** Creates a clock that stands at NOW. */
export function createClock(): TestClock {
  const clock = { now: NOW, read: () => clock.now };
  return clock;
}
