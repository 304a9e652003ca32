import type { NewHdpTaskRecord } from '../db/queries/hdp-task-lifecycle.ts';
import { NO_CLASS } from '../hdp/create-task.ts';
import { createRandom } from './random.ts';

const ULID_CHARACTERS = [...'0123456789ABCDEFGHJKMNPQRSTVWXYZ'];
const RANDOM_CHARACTERS = 16;

/** The time part of each ULID. It is constant, so that a new database gets the same tasks. */
const ULID_TIME = '01JPJ03YJT';

const PROGRAMS = ['balance_check', 'storage_proof', 'price_average', 'vote_tally', 'header_range'] as const;

/** Returns the `n`th task that the simulation creates for a seed. */
export function simulatedTask(seed: number, n: number): { uuid: string; run: NewHdpTaskRecord } {
  const random = createRandom(seed, 'task', n);
  const randomPart = Array.from(
    { length: RANDOM_CHARACTERS },
    () => ULID_CHARACTERS[random.integer(0, ULID_CHARACTERS.length - 1)],
  );
  const scheduleMode = random.oneOf(['onchain', 'offchain'] as const);
  return {
    uuid: ULID_TIME + randomPart.join(''),
    run: {
      task: {
        destinationChainId: '11155111',
        contractClassHash: NO_CLASS,
        scheduleMode,
        scheduleTxHash: scheduleMode === 'onchain' ? random.hex(64) : null,
        programName: random.oneOf(PROGRAMS),
      },
      details: { input: '{}', taskInputs: null, isMock: true, webhookUrl: null, keyId: null },
    },
  };
}
