/** When a task runs (contract A4): the members of a trigger that the runner reads, for POST and import alike. */
import { z } from 'zod';
import { REPEATS } from '../runner/repeat.ts';
import { parseInstant } from '../time.ts';
import { objectError } from './schema.ts';

export const schedule = z.looseObject(
  {
    once: z
      .string('must be a string')
      .refine((value) => parseInstant(value) !== undefined, {
        error: 'must be an existing date and time with Z or an offset, like 2026-05-26T12:00:00Z',
      })
      .meta({
        format: 'date-time',
        description: 'When the task runs; a time that has passed means at once.',
      }),
    repeat: z
      .enum(REPEATS, { error: `must be one of ${REPEATS.join(', ')}` })
      .optional()
      .meta({
        description:
          'When a run ends, the next task of the series is created. `once` moves on to the first time after now; a run before its time leaves it as it is.',
      }),
  },
  { error: objectError },
);
