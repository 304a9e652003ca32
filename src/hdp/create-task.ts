/** The body of `POST /tasks` (contract B3): its schema, and the rows of the new task. */
import { z } from 'zod';
import type { NewHdpTaskRecord } from '../db/queries/hdp-task-lifecycle.ts';
import { ApiError } from '../http/errors.ts';
import { parseUrl } from '../lib/parse-url.ts';
import { hasAtMost, shortened } from '../lib/text.ts';
import type { TargetPolicy } from '../webhooks/target.ts';
import { CHAIN_RULE, chainId, jsonObject, scheduleMode, shortText } from './schema.ts';

const MAX_URL_LENGTH = 2000;

/** `contractClassHash` of a task without a known contract class. */
export const NO_CLASS = '0x0';

const webhookUrl = z
  .string('must be a string')
  .refine((text) => hasAtMost(text, MAX_URL_LENGTH) && isWebhookUrl(text), {
    error: `must be an http or https URL without a user name or password, of at most ${MAX_URL_LENGTH} characters`,
  })
  .meta({
    format: 'uri',
    pattern: '^https?://[^/?#@]+([/?#].*)?$',
    maxLength: MAX_URL_LENGTH,
    description:
      'Receives a POST when the task has ended. An http or https URL without credentials, whose host is a public DNS name or a public address.',
  });

function isWebhookUrl(text: string): boolean {
  const url = parseUrl(text);
  return url !== undefined && /^https?:$/.test(url.protocol) && url.username === '' && url.password === '';
}

export const createTaskBody = z
  .object(
    {
      destination_chain_id: chainId.meta({
        description: 'The chain where the task will be proven. Stored exactly as sent.',
      }),
      input: jsonObject.meta({ description: 'The input of the processor. Stored exactly as sent.' }),
      webhook_url: webhookUrl.nullish(),
      program_hash: shortText.nullish(),
      program_name: shortText.nullish(),
      contract_class_hash: shortText.nullish().meta({
        description: `An addition of this service: the task's contractClassHash. The default is ${NO_CLASS}.`,
      }),
      schedule_mode: scheduleMode.nullish(),
      schedule_tx_hash: shortText.nullish(),
      task_inputs: jsonObject.nullish(),
      is_mock: z.boolean('must be true or false').nullish(),
    },
    'must be an object',
  )
  .meta({ id: 'NewTask', description: 'Other keys are ignored.' });

/**
 * Returns the rows of a new task.
 * @param members the JSON text of each member of the body
 * @param keyId the API key of the client
 * @param webhookRefusal returns why webhooks may not be sent to a URL
 * @throws ApiError 400 if webhooks may not be sent to `webhook_url`
 */
export function newTaskRecord(
  task: z.infer<typeof createTaskBody>,
  members: ReadonlyMap<string, string>,
  keyId: string,
  webhookRefusal: TargetPolicy['refusal'],
): NewHdpTaskRecord {
  const { task_inputs: taskInputs } = task;
  return {
    task: {
      destinationChainId: chainText(task.destination_chain_id, members.get('destination_chain_id')),
      contractClassHash: task.contract_class_hash ?? NO_CLASS,
      scheduleMode: task.schedule_mode ?? null,
      scheduleTxHash: task.schedule_tx_hash ?? null,
      programHash: task.program_hash ?? null,
      programName: task.program_name ?? null,
    },
    details: {
      input: members.get('input') ?? '{}',
      taskInputs: taskInputs == null ? null : (members.get('task_inputs') ?? null),
      isMock: task.is_mock ?? false,
      webhookUrl: task.webhook_url == null ? null : webhookTarget(task.webhook_url, webhookRefusal),
      keyId,
    },
  };
}

/** Returns the normalized URL. @throws ApiError 400 if webhooks may not be sent to it */
function webhookTarget(text: string, refusalOf: TargetPolicy['refusal']): string {
  const url = new URL(text);
  const refusal = refusalOf(url);
  if (refusal === undefined) return url.href;
  throw new ApiError(
    'invalid_parameters',
    `webhook_url cannot receive webhooks: ${shortened(refusal, 200)}.`,
  );
}

/**
 * Returns a chain id exactly as sent. A number above 2^53 has lost digits in `id`, but not in its JSON text `source`.
 * @throws ApiError 400 for a number with an exponent or a fraction
 */
function chainText(id: string | number, source: string | undefined): string {
  if (typeof id === 'string' || Number.isSafeInteger(id)) return String(id);
  if (source !== undefined && /^\d{1,78}$/.test(source)) return source;
  throw new ApiError('invalid_parameters', `destination_chain_id ${CHAIN_RULE}.`);
}
