/** What a client sends to have a task made (contract B3), and the rows that it becomes. */
import { z } from 'zod';
import { SCHEDULE_MODES } from '../db/model/statuses.ts';
import type { NewHdpTaskRecord } from '../db/queries/hdp-task-lifecycle.ts';
import { ApiError } from '../http/errors.ts';
import { shortened } from '../lib/text.ts';
import type { TargetPolicy } from '../webhooks/target.ts';
import { CHAIN_RULE, chainId, jsonObject, shortText } from './schema.ts';

const LONGEST_URL = 2000;

/** The hash of a class that nobody has named yet. */
export const NO_CLASS = '0x0';

const webhookUrl = z
  .string('must be a string')
  .refine((text) => text.length <= LONGEST_URL && isWebhookUrl(text), {
    error: `must be an http or https URL without a user name or password, of at most ${LONGEST_URL} characters`,
  })
  .meta({
    format: 'uri',
    maxLength: LONGEST_URL,
    description:
      'Gets one POST when the task has ended: http or https, without credentials. The host must be a public DNS name or a public address.',
  });

function isWebhookUrl(text: string): boolean {
  if (!URL.canParse(text)) return false;
  const { protocol, username, password } = new URL(text);
  return /^https?:$/.test(protocol) && username === '' && password === '';
}

export const createTaskBody = z
  .object(
    {
      destination_chain_id: chainId.meta({
        description: 'The chain where the task will be proven; kept as it is written.',
      }),
      input: jsonObject.meta({ description: 'What the processor is to work on; kept as it is written.' }),
      webhook_url: webhookUrl.nullish(),
      program_hash: shortText.nullish(),
      program_name: shortText.nullish(),
      contract_class_hash: shortText.nullish().meta({
        description: `An addition of this service: the task's contractClassHash, which is ${NO_CLASS} until it is known.`,
      }),
      schedule_mode: z
        .enum(SCHEDULE_MODES, { error: `must be one of ${SCHEDULE_MODES.join(', ')}, or null` })
        .nullish(),
      schedule_tx_hash: shortText.nullish(),
      task_inputs: jsonObject.nullish(),
      is_mock: z.boolean('must be true or false').nullish(),
    },
    'must be an object',
  )
  .meta({ id: 'NewTask', description: 'Other keys are ignored.' });

/**
 * A valid new task as rows.
 * @param members its members as they were written
 * @param keyId the key of the client that makes it
 * @param webhookRefusal tells why no webhook can ever go to a URL
 * @throws ApiError 400
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

/** Returns the URL as delivery uses it. @throws ApiError 400 for one that delivery would always refuse */
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
 * A chain id as it was written: a number beyond 2^53 has lost digits in `id`, but not in `source`.
 * @throws ApiError 400 for one that was written with an exponent or a fraction
 */
function chainText(id: string | number, source: string | undefined): string {
  if (typeof id === 'string' || Number.isSafeInteger(id)) return String(id);
  if (source !== undefined && /^\d{1,78}$/.test(source)) return source;
  throw new ApiError('invalid_parameters', `destination_chain_id ${CHAIN_RULE}.`);
}
