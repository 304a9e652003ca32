/** The schemas of the parameters and the tasks of the Services API (contract A3). */
import { z } from 'zod';
import { ACCESS_LEVELS, LOG_LEVELS, SERVICES_STATUSES } from '../db/model/statuses.ts';
import { MAX_ACTION_LENGTH } from '../db/model/target-fields.ts';
import { integerParameter, integerWithDefault, limitedText } from '../http/validate.ts';
import { parseSeconds } from '../time.ts';

export const id = integerFrom(1);

export const accessLevel = z
  .enum(ACCESS_LEVELS)
  .meta({ id: 'AccessLevel', description: 'WRITE includes READ.' });

/** Returns the schema of an integer that a JSON number represents exactly. */
function integerFrom(min: number) {
  const error = ({ input }: z.core.$ZodRawIssue) => {
    if (typeof input !== 'number' || Math.abs(input) <= Number.MAX_SAFE_INTEGER) return 'must be an integer';
    return `must be an integer from ${min} to ${Number.MAX_SAFE_INTEGER}`;
  };
  return z.int({ error }).min(min, `must be ${min} or more`);
}

export const time = z
  .string('must be a string')
  .refine((text) => parseSeconds(text) !== undefined, {
    error: 'must be a UTC time like 2026-05-26T12:00:00Z',
  })
  .meta({ format: 'date-time', pattern: String.raw`^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$` });

// A lone surrogate cannot be stored, because it has no UTF-8 encoding.
export const text = z.string('must be a string').refine((value) => value.isWellFormed(), {
  error: 'must not hold half of a surrogate pair',
});

export const nonEmptyText = text.min(1, 'must not be empty');

const freeObject = z.record(z.string(), z.unknown(), { error: 'must be an object' }).meta({
  description: 'Returned exactly as it was stored, including unknown keys and key order.',
});

/** `target.action`, if it is a string. Lists can be filtered by it. */
const actionText = limitedText(text, MAX_ACTION_LENGTH);

/** Validates only the action of a target. The rest is not parsed. */
function validateAction({ action }: Record<string, unknown>, context: z.RefinementCtx): void {
  if (typeof action !== 'string') return;
  for (const { message } of actionText.safeParse(action).error?.issues ?? [])
    context.addIssue({ code: 'custom', path: ['action'], message });
}

const status = z
  .enum(SERVICES_STATUSES, { error: `must be one of ${SERVICES_STATUSES.join(', ')}` })
  .meta({ id: 'Status', description: 'READY, then INPROGRESS, then DONE or ERROR.' });

export const taskState = z
  .strictObject(
    {
      code: status,
      last_run_date: time.nullable().meta({ description: 'Null before the first run.' }),
      last_modified: time,
      created_date: time,
    },
    { error: objectError },
  )
  .meta({ id: 'TaskState' });

export type TaskState = z.infer<typeof taskState>;

const logEntry = z
  .strictObject({ time, level: z.enum(LOG_LEVELS), message: z.string() })
  .meta({ id: 'LogEntry' });

const NO_LOGS = 'must be null: lists contain no log entries';

/** A task, with the key order of the contract. Imports reject unknown keys. */
export const servicesTask = z
  .strictObject(
    {
      id,
      chain: id.meta({ description: 'The tenant that the task belongs to.' }),
      desc: text,
      state: taskState,
      trigger: freeObject,
      target: freeObject.superRefine(validateAction),
      logs: z
        .array(logEntry, NO_LOGS)
        .nullable()
        .refine((logs): boolean => logs === null, NO_LOGS)
        .meta({ description: 'Null in lists.' }),
      debug: text,
      version: integerFrom(0),
      result: text.nullable().meta({ description: 'The name of the result file, or null.' }),
    },
    { error: objectError },
  )
  .meta({ id: 'Task' });

export function objectError(issue: z.core.$ZodRawIssue): string | undefined {
  return issue.code === 'invalid_type' ? 'must be an object' : undefined;
}

export type ServicesTask = z.infer<typeof servicesTask>;

/** A task with its log (contract A4). */
export const loggedTask = servicesTask
  .extend({ logs: z.array(logEntry).meta({ description: 'The log entries of its runs, newest first.' }) })
  .meta({ id: 'LoggedTask' });

export type LoggedTask = z.infer<typeof loggedTask>;

export const taskParameters = z.object({
  id: integerParameter({ min: 1 }).meta({ description: 'The task.' }),
});

export const getTaskQuery = z.object({
  log_limit: integerWithDefault({ min: 1, max: 1000 }, 10).meta({
    description: 'Maximum number of log entries.',
  }),
  offset: integerWithDefault({ min: 0 }, 0).meta({ description: 'Number of log entries to skip.' }),
});

export const downloadUrl = z
  .strictObject({ url: z.url().meta({ description: 'Needs no credentials; valid for one hour.' }) })
  .meta({ id: 'DownloadUrl' });

export type DownloadUrl = z.infer<typeof downloadUrl>;

export const listTasksQuery = z.object({
  status: status.optional().meta({ description: 'Returns only tasks with this status.' }),
  action: z.string().optional().meta({ description: 'Returns only tasks with this target.action.' }),
  campaign_id: integerParameter({ min: 0 }).optional().meta({
    description:
      'Returns only tasks with this target.campaign_id. If that is absent, target.campaign is compared.',
  }),
  limit: integerWithDefault({ min: 1, max: 1000 }, 100).meta({ description: 'Maximum number of tasks.' }),
  offset: integerWithDefault({ min: 0 }, 0).meta({ description: 'Number of tasks to skip.' }),
});

export type ListTasksQuery = z.infer<typeof listTasksQuery>;
