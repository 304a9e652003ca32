/** What a processor reports of a task (an addition of this service to contract B3), and the rows that it becomes. */
import { z } from 'zod';
import { canonicalJson, canonicalObject } from '../canonical-json.ts';
import { HDP_STAGES } from '../db/model/hdp-stages.ts';
import { HASHING_FUNCTIONS, type HdpStatus } from '../db/model/statuses.ts';
import type { HdpReport } from '../db/queries/hdp-task-lifecycle.ts';
import { boundedArray } from '../http/validate.ts';
import { formatMicros } from '../time.ts';
import { jsonObject, MAX_ELEMENTS, shortText, text, texts } from './schema.ts';

const LONGEST_MESSAGE = 10_000;

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
      hashing_function: z.enum(HASHING_FUNCTIONS, {
        error: `must be one of ${HASHING_FUNCTIONS.join(', ')}`,
      }),
    },
    'must be an object with id, root, size, chain_id and hashing_function alone',
  )
  .meta({ id: 'Mmr' });

/** The report of one of some statuses, which has these keys and no other. */
function reportOf<const Status extends HdpStatus, Shape extends z.ZodRawShape>(
  statuses: readonly [Status, ...Status[]],
  shape: Shape,
) {
  const keys = ['to_status', ...Object.keys(shape)].join(', ');
  return z.strictObject(
    { to_status: z.enum(statuses), ...shape },
    { error: (issue) => (issue.code === 'unrecognized_keys' ? `must have no key but ${keys}` : undefined) },
  );
}

const dryRun = reportOf(['DryRunCompleted'], {
  task_inputs: jsonObject.optional(),
  data_source_chains: texts.optional(),
  data_destination_chain: shortText.optional(),
  hdp_core_program_hash: shortText.optional(),
  contract_class_hash: shortText.optional(),
  program_hash: shortText.optional(),
  program_name: shortText.optional(),
  task_hash: shortText.optional(),
});
const chainProofs = reportOf(['ChainProofsFetchCompleted'], {
  mmrs: boundedArray(mmr, MAX_ELEMENTS, 'must be an array').optional(),
});
const trace = reportOf(['TraceGenCompleted'], {
  output_tree_root: shortText.optional(),
  output_preimage: texts.optional(),
});
const decommitment = reportOf(['TaskDecommitmentCompleted'], { transaction_hash: shortText });
const failure = reportOf(
  [
    'DryRunFailed',
    'ChainProofsFetchFailed',
    'TraceGenFailed',
    'AtlanticProvingFailed',
    'TaskDecommitmentFailed',
  ],
  {
    error_message: text
      .min(1, 'must not be empty')
      .max(LONGEST_MESSAGE, `must have at most ${LONGEST_MESSAGE} characters`),
  },
);
const nothingElse = reportOf(
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
  .discriminatedUnion('to_status', [nothingElse, dryRun, chainProofs, trace, decommitment, failure], {
    error: (issue) =>
      issue.code === 'invalid_union'
        ? `must be Started, Completed or Failed after one of ${HDP_STAGES.join(', ')}`
        : 'must be an object',
  })
  .meta({ id: 'Report' });

export type TransitionBody = z.infer<typeof transitionBody>;

type Content<Kind extends z.ZodType> = Partial<Omit<z.infer<Kind>, 'to_status'>>;

/** Any report, with whatever some kind of them has. */
type Said = { to_status: HdpStatus } & Content<typeof dryRun> &
  Content<typeof chainProofs> &
  Content<typeof trace> &
  Content<typeof decommitment> &
  Content<typeof failure>;

/**
 * A valid report as the changes that it makes.
 * @param uuid the task that it is about
 * @param members its members as they were written, which decide whether another report is the same
 */
export function newTransition(
  uuid: string,
  valid: TransitionBody,
  members: ReadonlyMap<string, string>,
): HdpReport {
  const said: Said = valid;
  return {
    toStatus: said.to_status,
    text: canonicalText(valid, members),
    task: {
      contractClassHash: said.contract_class_hash,
      dataSourceChains: said.data_source_chains && JSON.stringify(said.data_source_chains),
      dataDestinationChain: said.data_destination_chain,
      hdpCoreProgramHash: said.hdp_core_program_hash,
      taskHash: said.task_hash,
      programHash: said.program_hash,
      programName: said.program_name,
      outputTreeRoot: said.output_tree_root,
    },
    details: {
      taskInputs: members.get('task_inputs'),
      outputPreimage: said.output_preimage && JSON.stringify(said.output_preimage),
      errorMessage: said.error_message,
      transactionHash: said.transaction_hash,
    },
    mmrs: said.mmrs?.map(({ chain_id: chainId, hashing_function: hashingFunction, ...same }) => ({
      ...same,
      chainId,
      hashingFunction,
    })),
    webhookBody: (endedAt) =>
      JSON.stringify({
        status: said.to_status,
        task_id: uuid,
        timestamp: formatMicros(endedAt),
        transaction_hash: said.transaction_hash,
        error: said.error_message,
      }),
  };
}

/** The report's canonical text, from the text of each member as it was written. */
const canonicalText = (valid: TransitionBody, members: ReadonlyMap<string, string>) =>
  canonicalObject(
    Object.keys(valid),
    Object.entries(valid).map(([name, value]) => canonicalJson(members.get(name) ?? JSON.stringify(value))),
  );
