import { HDP_STAGES } from '../db/model/hdp-stages.ts';
import type { HdpTaskRecord } from '../db/queries/hdp-task-lifecycle.ts';
import { NO_CLASS } from '../hdp/create-task.ts';
import type { TransitionBody } from '../hdp/transition.ts';
import { type Draws, drawsOf } from './draws.ts';

/** What a processor would report next of a task, and how many milliseconds after the last report. */
export interface Step {
  report: TransitionBody;
  afterMs: number;
}

type Stage = (typeof HDP_STAGES)[number];

const SECOND = 1000;
const MINUTE = 60 * SECOND;

/** How long each stage takes, as such a system's stages do, and what its failures say. */
const STAGES: Record<Stage, { from: number; to: number; failures: readonly [string, ...string[]] }> = {
  DryRun: {
    from: 5 * SECOND,
    to: 30 * SECOND,
    failures: ['The program ended with exit code 1', 'The program asked for a block that does not exist yet'],
  },
  ChainProofsFetch: {
    from: 20 * SECOND,
    to: 2 * MINUTE,
    failures: [
      'The RPC endpoint of the source chain did not answer',
      'The block is not in the accumulator yet',
    ],
  },
  TraceGen: {
    from: 30 * SECOND,
    to: 3 * MINUTE,
    failures: ['The run took more steps than are allowed', 'The run came to another output than the dry run'],
  },
  AtlanticProving: {
    from: 3 * MINUTE,
    to: 12 * MINUTE,
    failures: ['The prover refused the trace', 'The prover did not answer in time'],
  },
  TaskDecommitment: {
    from: 30 * SECOND,
    to: 2 * MINUTE,
    failures: ['The transaction was reverted', 'The account has too little to pay the fee'],
  },
};

const FAILING = 0.04;
const LONGEST_WAIT = 10 * SECOND;
const HASH_DIGITS = 64;
const FELT_DIGITS = 62;

/**
 * The next step of a task; undefined when it has ended. It hangs on the seed, the task's uuid, its status and how
 * often it was retried, and on nothing else: not on other tasks, nor on when it is asked for.
 */
export function nextStep(seed: number, run: HdpTaskRecord, retries: number): Step | undefined {
  const { uuid, status } = run.task;
  const draws = drawsOf(seed, uuid, retries, status);
  const started = HDP_STAGES.find((stage) => status === `${stage}Started`);
  if (started !== undefined) {
    const { from, to, failures } = STAGES[started];
    const afterMs = draws.number(from, to);
    if (draws.number(0, 1) >= FAILING) return { afterMs, report: completion(started, run, draws) };
    return { afterMs, report: { to_status: `${started}Failed`, error_message: draws.oneOf(failures) } };
  }
  const completed = HDP_STAGES.findIndex((stage) => status === `${stage}Completed`);
  const next = HDP_STAGES[completed + 1];
  if (next === undefined || (completed === -1 && status !== 'Received')) return undefined;
  return { afterMs: draws.number(0, LONGEST_WAIT), report: { to_status: `${next}Started` } };
}

/** What a stage found out and made; what the task says of itself already stays. */
function completion(stage: Stage, { task, details }: HdpTaskRecord, draws: Draws): TransitionBody {
  const hash = () => draws.hex(HASH_DIGITS);
  const unlessKnown = <T>(known: unknown, value: T) => (known === null ? value : undefined);
  switch (stage) {
    case 'DryRun':
      return {
        to_status: 'DryRunCompleted',
        ...given({
          task_inputs: unlessKnown(details?.taskInputs ?? null, {
            block_number: draws.integer(1, 9_999_999),
          }),
          data_source_chains: unlessKnown(task.dataSourceChains, [draws.oneOf(['0xaa36a7', '0x1', '0xa'])]),
          data_destination_chain: unlessKnown(task.dataDestinationChain, '0xaa36a7'),
          hdp_core_program_hash: unlessKnown(task.hdpCoreProgramHash, draws.hex(FELT_DIGITS)),
          contract_class_hash: task.contractClassHash === NO_CLASS ? draws.hex(FELT_DIGITS) : undefined,
          program_hash: unlessKnown(task.programHash, draws.hex(FELT_DIGITS)),
          task_hash: unlessKnown(task.taskHash, hash()),
        }),
      };
    case 'ChainProofsFetch':
      return {
        to_status: 'ChainProofsFetchCompleted',
        mmrs: (['poseidon', 'keccak'] as const).map((hashingFunction) => ({
          id: hash(),
          root: hash(),
          size: draws.integer(1_000_000, 9_999_999),
          chain_id: sourceChains(task.dataSourceChains)[0] ?? '0xaa36a7',
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

/** An object without its undefined members. */
function given<T extends object>(members: T): { [Key in keyof T]?: Exclude<T[Key], undefined> } {
  const entries = Object.entries(members).filter(([, value]) => value !== undefined);
  // The entries are those of `members` that have a value.
  return Object.fromEntries(entries) as { [Key in keyof T]?: Exclude<T[Key], undefined> };
}

/** The database holds an array of strings here, or null. */
const sourceChains = (json: string | null): string[] => (json === null ? [] : JSON.parse(json));
