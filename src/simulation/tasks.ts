import type { NewHdpTaskRecord } from '../db/queries/hdp-task-lifecycle.ts';
import { NO_CLASS } from '../hdp/create-task.ts';
import { drawsOf } from './draws.ts';

const ULID_CHARACTERS = [...'0123456789ABCDEFGHJKMNPQRSTVWXYZ'];
const DRAWN_CHARACTERS = 16;

/** The time that a ULID begins with, here the same for all: a fresh database shall have the same tasks again. */
const ULID_TIME = '01JPJ03YJT';

const PROGRAMS = ['balance_check', 'storage_proof', 'price_average', 'vote_tally', 'header_range'] as const;

/** The `n`th task that the simulation makes of its own with a seed. */
export function ownTask(seed: number, n: number): { uuid: string; run: NewHdpTaskRecord } {
  const draws = drawsOf(seed, 'task', n);
  const tail = Array.from(
    { length: DRAWN_CHARACTERS },
    () => ULID_CHARACTERS[draws.integer(0, ULID_CHARACTERS.length - 1)],
  );
  const scheduleMode = draws.oneOf(['onchain', 'offchain'] as const);
  return {
    uuid: ULID_TIME + tail.join(''),
    run: {
      task: {
        destinationChainId: '11155111',
        contractClassHash: NO_CLASS,
        scheduleMode,
        scheduleTxHash: scheduleMode === 'onchain' ? draws.hex(64) : null,
        programName: draws.oneOf(PROGRAMS),
      },
      details: { input: '{}', taskInputs: null, isMock: true, webhookUrl: null, keyId: null },
    },
  };
}
