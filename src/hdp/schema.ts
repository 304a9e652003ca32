/** The schemas of the parameters and the tasks of the HDP API (contract B2). */
import { z } from 'zod';
import { HDP_STATUSES, SCHEDULE_MODES } from '../db/model/statuses.ts';
import { boundedArray, integerWithDefault, limitedText } from '../http/validate.ts';
import { hasAtMost, trimInvisible } from '../lib/text.ts';
import { parseMicros } from '../time.ts';

const MAX_SEARCH_LENGTH = 200;
const MAX_PER_PAGE = 100;
const MAX_TEXT_LENGTH = 1000;

// A lone surrogate cannot be stored, because it has no UTF-8 encoding.
export const text = z.string('must be a string').refine((value) => value.isWellFormed(), {
  error: 'must not hold half of a surrogate pair',
});

/** A text in the body of a request. Imports have no limit per text. */
export const shortText = limitedText(text, MAX_TEXT_LENGTH);

/** Maximum number of elements of an array in the body of a request. */
export const MAX_ELEMENTS = 1000;

export const texts = boundedArray(shortText, MAX_ELEMENTS, 'must be an array of strings');

export const jsonObject = z.record(z.string(), z.unknown(), 'must be an object');

/** The path of one task: a ULID in any case (contract B). */
export const taskPath = z.object({
  uuid: z
    .string()
    .transform((uuid) => uuid.replace(/[a-z]/g, (letter) => letter.toUpperCase()))
    .meta({ description: "The task's ULID, in any case." }),
});

export const time = z
  .string('must be a string')
  .refine((value) => parseMicros(value) !== undefined, {
    error: 'must be a UTC time like 2024-03-17T10:24:00Z, with no, 3 or 6 fraction digits, before 2255',
  })
  .meta({ format: 'date-time', pattern: String.raw`^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{3}|\.\d{6})?Z$` });

const ulid = z
  .string('must be a string')
  .regex(/^[0-7][0-9A-HJKMNP-TV-Z]{25}$/, 'must be a ULID: 26 characters of Crockford base 32, in capitals');

export const CHAIN_RULE = 'must be a hex string like "0xaa36a7", or an integer of up to 78 digits';

/** A chain id: `"0xaa36a7"`, `"11155111"` or 11155111. The body has the exact digits of a number above 2^53. */
export const chainId = z
  .union(
    [
      z.string().regex(/^(0[xX][0-9a-fA-F]{1,64}|\d{1,78})$/, CHAIN_RULE),
      z
        .number(CHAIN_RULE)
        .refine((id) => Number.isInteger(id) && id >= 0 && id < 1e78, CHAIN_RULE)
        .meta({ override: { type: 'integer', format: 'int64', minimum: 0 } }),
    ],
    CHAIN_RULE,
  )
  .meta({
    id: 'ChainId',
    description: 'A hex string, or an integer. Digits of an integer may also be a string.',
  });

/** The status of a task. */
export const status = z.enum(HDP_STATUSES, { error: `must be one of ${HDP_STATUSES.join(', ')}` }).meta({
  id: 'Status',
  description:
    '`Received`, or a stage and how far it is. The stages are DryRun, ChainProofsFetch, TraceGen, AtlanticProving and TaskDecommitment.',
});

export const scheduleMode = z
  .enum(SCHEDULE_MODES, { error: `must be one of ${SCHEDULE_MODES.join(', ')}, or null` })
  .meta({ id: 'ScheduleMode', description: 'Where the task is scheduled.' });

/** A task, with the key order of the contract. Imports reject unknown keys. */
export const hdpTask = z
  .strictObject(
    {
      uuid: ulid,
      status,
      destinationChainId: text.meta({ description: 'The chain where the task will be proven.' }),
      contractClassHash: text,
      scheduleMode: scheduleMode.nullable(),
      scheduleTxHash: text.nullable(),
      dataSourceChains: z.array(text, { error: 'must be an array of strings, or null' }).nullable(),
      dataDestinationChain: text.nullable(),
      hdpCoreProgramHash: text.nullable(),
      taskHash: text.nullable(),
      programHash: text.nullable(),
      programName: text.nullable(),
      outputTreeRoot: text.nullable(),
      createdAt: time,
      updatedAt: time,
    },
    { error: (issue) => (issue.code === 'invalid_type' ? 'must be an object' : undefined) },
  )
  .meta({ id: 'Task' });

export type HdpTask = z.infer<typeof hdpTask>;

const pagination = z
  .strictObject({
    page: z.int().min(1),
    perPage: z.int().min(1).max(MAX_PER_PAGE),
    total: z.int().min(0).meta({ description: 'The exact number of matching tasks.' }),
    totalPages: z.int().min(0).meta({ description: '0 when nothing matches.' }),
  })
  .meta({ id: 'Pagination' });

export const taskList = z.strictObject({ tasks: z.array(hdpTask), pagination }).meta({ id: 'TaskList' });

export type TaskList = z.infer<typeof taskList>;

export const listTasksQuery = z.object({
  hdp_tasks_page: integerWithDefault({ min: 1 }, 1).meta({ description: 'The page number, from 1.' }),
  hdp_tasks_per_page: integerWithDefault({ min: 1, max: MAX_PER_PAGE }, 10).meta({
    description: 'Number of tasks per page.',
  }),
  hdp_tasks_search: z
    .string()
    .transform(trimInvisible)
    .refine((term) => hasAtMost(term, MAX_SEARCH_LENGTH), {
      error: `must be at most ${MAX_SEARCH_LENGTH} characters`,
    })
    .default('')
    .meta({
      override: { default: '' },
      maxLength: MAX_SEARCH_LENGTH,
      description:
        'A case-insensitive substring of the uuid, program hash or program name, without wildcards. Leading and trailing white space and zero-width characters are removed. An empty term is no filter.',
    }),
});

export type ListTasksQuery = z.infer<typeof listTasksQuery>;
