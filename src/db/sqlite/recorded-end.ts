import { z } from 'zod';
import { LOG_LEVELS } from '../model/statuses.ts';
import type { RecordedEnd } from '../queries/task-runs.ts';

const recordedEnd = z.object({
  status: z.enum(['DONE', 'ERROR']),
  result: z.string().nullable(),
  file: z.string().nullable(),
  logs: z.array(z.object({ time: z.number(), level: z.enum(LOG_LEVELS), message: z.string() })),
  startedAt: z.number(),
});

/** Reads `services_leases.recorded_end`. @throws if another program wrote it */
export const parseRecordedEnd = (text: string): RecordedEnd => recordedEnd.parse(JSON.parse(text));
