/** The body with which a processor reports a transition (an addition to contract B3): its schemas and its changes. */
import { z } from 'zod';
import { canonicalJson, canonicalObject } from '../canonical-json.ts';
import { HDP_STAGES } from '../db/model/hdp-stages.ts';
import { HASHING_FUNCTIONS, type HdpStatus } from '../db/model/statuses.ts';
import type { HdpReport } from '../db/queries/hdp-task-lifecycle.ts';
import { boundedArray, limitedText } from '../http/validate.ts';
import { formatMicros } from '../time.ts';
import { jsonObject, MAX_ELEMENTS, shortText, text, texts } from './schema.ts';

const MAX_MESSAGE_LENGTH = 10_000;

/** A Merkle mountain range (contract B3). */
export const mmr = z
  .strictObject(
    {
      id: shortText,
      root: shortText,
      size: z
        .int({ error: `must be an integer from 0 to ${Number.MAX_SAFE_INTEGER}` })
        .min(0, `must be an integer from 0 to ${Number.MAX_SAFE_INTEGER}`),
      chain_id: shortText,
      hashing_function: z
        .enum(HASHING_FUNCTIONS, { error: `must be one of ${HASHING_FUNCTIONS.join(', ')}` })
        .meta({ id: 'HashingFunction' }),
    },
    'must be an object with id, root, size, chain_id and hashing_function alone',
  )
  .meta({ id: 'NewMmr', description: 'A Merkle mountain range. Other keys are refused.' });

/** Returns the schema of the transition to one of some statuses. It allows no other keys. */
function transitionSchema<const Status extends HdpStatus, Shape extends z.ZodRawShape>(
  id: string,
  statuses: readonly [Status, ...Status[]],
  shape: Shape,
) {
  const keys = ['to_status', ...Object.keys(shape)].join(', ');
  return z
    .strictObject(
      { to_status: z.enum(statuses), ...shape },
      { error: (issue) => (issue.code === 'unrecognized_keys' ? `must have no key but ${keys}` : undefined) },
    )
    .meta({ id });
}

const dryRun = transitionSchema('DryRunReport', ['DryRunCompleted'], {
  task_inputs: jsonObject.optional(),
  data_source_chains: texts.optional(),
  data_destination_chain: shortText.optional(),
  hdp_core_program_hash: shortText.optional(),
  contract_class_hash: shortText.optional(),
  program_hash: shortText.optional(),
  program_name: shortText.optional(),
  task_hash: shortText.optional(),
});
const chainProofs = transitionSchema('ChainProofsFetchReport', ['ChainProofsFetchCompleted'], {
  mmrs: boundedArray(mmr, MAX_ELEMENTS, 'must be an array').optional(),
});
const trace = transitionSchema('TraceGenReport', ['TraceGenCompleted'], {
  output_tree_root: shortText.optional(),
  output_preimage: texts.optional(),
});
const decommitment = transitionSchema('TaskDecommitmentReport', ['TaskDecommitmentCompleted'], {
  transaction_hash: shortText,
});
const failure = transitionSchema(
  'FailureReport',
  [
    'DryRunFailed',
    'ChainProofsFetchFailed',
    'TraceGenFailed',
    'AtlanticProvingFailed',
    'TaskDecommitmentFailed',
  ],
  {
    error_message: limitedText(text.min(1, 'must not be empty'), MAX_MESSAGE_LENGTH),
  },
);
const statusOnly = transitionSchema(
  'ProgressReport',
  [
    'DryRunStarted',
    'ChainProofsFetchStarted',
    'TraceGenStarted',
    'AtlanticProvingStarted',
    'AtlanticProvingCompleted',
    'TaskDecommitmentStarted',
  ],
  {},
);

export const transitionBody = z
  .discriminatedUnion('to_status', [statusOnly, dryRun, chainProofs, trace, decommitment, failure], {
    error: (issue) =>
      issue.code === 'invalid_union'
        ? `must be Started, Completed or Failed after one of ${HDP_STAGES.join(', ')}`
        : 'must be an object',
  })
  .meta({ id: 'Report', description: 'The new status of a task, and the results of its stage.' });

export type TransitionBody = z.infer<typeof transitionBody>;

type Content<Kind extends z.ZodType> = Partial<Omit<z.infer<Kind>, 'to_status'>>;

/** The status of a transition, and all optional keys of all transitions. */
type TransitionFields = { to_status: HdpStatus } & Content<typeof dryRun> &
  Content<typeof chainProofs> &
  Content<typeof trace> &
  Content<typeof decommitment> &
  Content<typeof failure>;

/**
 * Returns the changes of a valid transition.
 * @param uuid the task
 * @param members the JSON text of each member of the body, from which a repeated report is recognized
 */
export function newTransition(
  uuid: string,
  valid: TransitionBody,
  members: ReadonlyMap<string, string>,
): HdpReport {
  const fields: TransitionFields = valid;
  return {
    toStatus: fields.to_status,
    text: canonicalText(valid, members),
    task: {
      contractClassHash: fields.contract_class_hash,
      dataSourceChains: fields.data_source_chains && JSON.stringify(fields.data_source_chains),
      dataDestinationChain: fields.data_destination_chain,
      hdpCoreProgramHash: fields.hdp_core_program_hash,
      taskHash: fields.task_hash,
      programHash: fields.program_hash,
      programName: fields.program_name,
      outputTreeRoot: fields.output_tree_root,
    },
    details: {
      taskInputs: members.get('task_inputs'),
      outputPreimage: fields.output_preimage && JSON.stringify(fields.output_preimage),
      errorMessage: fields.error_message,
      transactionHash: fields.transaction_hash,
    },
    mmrs: fields.mmrs?.map(({ chain_id: chainId, hashing_function: hashingFunction, ...same }) => ({
      ...same,
      chainId,
      hashingFunction,
    })),
    webhookBody: (endedAt) =>
      JSON.stringify({
        status: fields.to_status,
        task_id: uuid,
        timestamp: formatMicros(endedAt),
        transaction_hash: fields.transaction_hash,
        error: fields.error_message,
      }),
  };
}

/** Returns the canonical JSON text of a transition, from the JSON text of each member. */
const canonicalText = (valid: TransitionBody, members: ReadonlyMap<string, string>) =>
  canonicalObject(
    Object.keys(valid),
    Object.entries(valid).map(([name, value]) => canonicalJson(members.get(name) ?? JSON.stringify(value))),
  );
