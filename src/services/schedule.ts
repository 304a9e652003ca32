/** The members of a trigger that decide when a task runs (contract A4), for POST and import. */
import { z } from 'zod';
import { REPEATS } from '../runner/repeat.ts';
import { INSTANT_PATTERN, parseInstant } from '../time.ts';
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
        pattern: INSTANT_PATTERN,
        description: 'When the task runs. A time in the past means now.',
      }),
    repeat: z
      .enum(REPEATS, { error: `must be one of ${REPEATS.join(', ')}` })
      .optional()
      .meta({
        description:
          'When a run ends, the next task of the series is created. Its `once` is the first time of the series after now. After a run before `once`, it stays the same.',
      }),
  },
  { error: objectError },
);
