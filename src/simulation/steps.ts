import { HDP_STAGES } from '../db/model/hdp-stages.ts';
import type { HdpTaskRecord } from '../db/queries/hdp-task-lifecycle.ts';
import { NO_CLASS } from '../hdp/create-task.ts';
import type { TransitionBody } from '../hdp/transition.ts';
import { createRandom, type Random } from './random.ts';

/** The next report of a processor about a task, and its delay after the last report in milliseconds. */
export interface Step {
  report: TransitionBody;
  delayMs: number;
}

type Stage = (typeof HDP_STAGES)[number];

const SECOND_MS = 1000;
const MINUTE_MS = 60 * SECOND_MS;

/** The realistic duration of each stage, in milliseconds, and its failure messages. */
const STAGES: Record<Stage, { minMs: number; maxMs: number; failures: readonly [string, ...string[]] }> = {
  DryRun: {
    minMs: 5 * SECOND_MS,
    maxMs: 30 * SECOND_MS,
    failures: ['The program ended with exit code 1', 'The program asked for a block that does not exist yet'],
  },
  ChainProofsFetch: {
    minMs: 20 * SECOND_MS,
    maxMs: 2 * MINUTE_MS,
    failures: [
      'The RPC endpoint of the source chain did not answer',
      'The block is not in the accumulator yet',
    ],
  },
  TraceGen: {
    minMs: 30 * SECOND_MS,
    maxMs: 3 * MINUTE_MS,
    failures: ['The run took more steps than are allowed', 'The run came to another output than the dry run'],
  },
  AtlanticProving: {
    minMs: 3 * MINUTE_MS,
    maxMs: 12 * MINUTE_MS,
    failures: ['The prover refused the trace', 'The prover did not answer in time'],
  },
  TaskDecommitment: {
    minMs: 30 * SECOND_MS,
    maxMs: 2 * MINUTE_MS,
    failures: ['The transaction was reverted', 'The account has too little to pay the fee'],
  },
};

/** The probability that a stage fails. */
const FAILURE_RATE = 0.04;
const MAX_WAIT_MS = 10 * SECOND_MS;
const HASH_DIGITS = 64;
const FELT_DIGITS = 62;

/**
 * Returns the next step of a task; undefined if the task has ended. Only the seed, the uuid, the status and the number of
 * retries determine the step.
 */
export function nextStep(seed: number, run: HdpTaskRecord, retries: number): Step | undefined {
  const { uuid, status } = run.task;
  const random = createRandom(seed, uuid, retries, status);
  const started = HDP_STAGES.find((stage) => status === `${stage}Started`);
  if (started !== undefined) {
    const { minMs, maxMs, failures } = STAGES[started];
    const delayMs = random.number(minMs, maxMs);
    if (random.number(0, 1) >= FAILURE_RATE) return { delayMs, report: completion(started, run, random) };
    return { delayMs, report: { to_status: `${started}Failed`, error_message: random.oneOf(failures) } };
  }
  const completed = HDP_STAGES.findIndex((stage) => status === `${stage}Completed`);
  const next = HDP_STAGES[completed + 1];
  if (next === undefined || (completed === -1 && status !== 'Received')) return undefined;
  return { delayMs: random.number(0, MAX_WAIT_MS), report: { to_status: `${next}Started` } };
}

/** Returns the report of a completed stage. Values that the task already has are not reported. */
function completion(stage: Stage, { task, details }: HdpTaskRecord, random: Random): TransitionBody {
  const hash = () => random.hex(HASH_DIGITS);
  const ifMissing = <T>(current: unknown, value: T) => (current === null ? value : undefined);
  switch (stage) {
    case 'DryRun':
      return {
        to_status: 'DryRunCompleted',
        ...omitUndefined({
          task_inputs: ifMissing(details?.taskInputs ?? null, {
            block_number: random.integer(1, 9_999_999),
          }),
          data_source_chains: ifMissing(task.dataSourceChains, [random.oneOf(['0xaa36a7', '0x1', '0xa'])]),
          data_destination_chain: ifMissing(task.dataDestinationChain, '0xaa36a7'),
          hdp_core_program_hash: ifMissing(task.hdpCoreProgramHash, random.hex(FELT_DIGITS)),
          contract_class_hash: task.contractClassHash === NO_CLASS ? random.hex(FELT_DIGITS) : undefined,
          program_hash: ifMissing(task.programHash, random.hex(FELT_DIGITS)),
          task_hash: ifMissing(task.taskHash, hash()),
        }),
      };
    case 'ChainProofsFetch':
      return {
        to_status: 'ChainProofsFetchCompleted',
        mmrs: (['poseidon', 'keccak'] as const).map((hashingFunction) => ({
          id: hash(),
          root: hash(),
          size: random.integer(1_000_000, 9_999_999),
          chain_id: parseSourceChains(task.dataSourceChains)[0] ?? '0xaa36a7',
          hashing_function: hashingFunction,
        })),
      };
    case 'TraceGen':
      return {
        to_status: 'TraceGenCompleted',
        output_tree_root: hash(),
        output_preimage: [hash(), hash()],
      };
    case 'AtlanticProving':
      return { to_status: 'AtlanticProvingCompleted' };
    case 'TaskDecommitment':
      return { to_status: 'TaskDecommitmentCompleted', transaction_hash: hash() };
  }
}

/** Returns an object without its undefined members. */
function omitUndefined<T extends object>(members: T): { [Key in keyof T]?: Exclude<T[Key], undefined> } {
  const entries = Object.entries(members).filter(([, value]) => value !== undefined);
  // `entries` has only members with a value.
  return Object.fromEntries(entries) as { [Key in keyof T]?: Exclude<T[Key], undefined> };
}

/** Parses the column `data_source_chains`: a JSON array of strings, or null. */
const parseSourceChains = (json: string | null): string[] => (json === null ? [] : JSON.parse(json));
