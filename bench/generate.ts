/** Generates the tasks of the data set. The same number of rows always gives the same tasks. */
import { HdpPrograms, type Program } from './hdp-programs.ts';
import { Random } from './random.ts';
import { formatMicros, formatSeconds, type HdpTask, type ServicesTask } from './tasks.ts';

/** The chain that has half of all Services tasks. */
export const CHAIN = 1764;

const YEAR_SECONDS = 365 * 86_400;
const START_SECONDS = Date.UTC(2025, 4, 1) / 1000;

const CROCKFORD_BASE32 = '0123456789ABCDEFGHJKMNPQRSTVWXYZ';
const STAGES = ['DryRun', 'ChainProofsFetch', 'TraceGen', 'AtlanticProving', 'TaskDecommitment'] as const;
/** The statuses of a task that succeeds, after `Received`. */
export const SUCCESSFUL_STATUSES = STAGES.flatMap(
  (stage) => [`${stage}Started`, `${stage}Completed`] as const,
);
export type SuccessfulStatus = (typeof SUCCESSFUL_STATUSES)[number];
export const HDP_STATUSES: readonly string[] = [
  'Received',
  ...STAGES.flatMap((stage) => ['Started', 'Completed', 'Failed'].map((state) => stage + state)),
];
const NETWORKS = ['0xaa36a7', '0xaa37dc', '0x1', '0xa', '0x534e5f5345504f4c4941'];

/** Generates HDP tasks of about one year, oldest first. */
export function* generateHdpTasks(rows: number): Generator<HdpTask> {
  const random = new Random(20250501);
  const programs = createPrograms(rows);
  const meanInterval = (YEAR_SECONDS * 1e6) / rows;
  let at = START_SECONDS * 1e6;
  for (let index = 0; index < rows; index += 1) {
    // One task in twenty has the same creation time as the previous task.
    if (!random.chance(0.05)) at = laterTime(random, at, meanInterval);
    yield newHdpTask(random, at, programs.choose(random, index));
  }
}

/** Creates the programs of a data set with this number of rows. */
export const createPrograms = (rows: number) => new HdpPrograms(new Random(5000), rows);

/** Creates an HDP task with random values. @param createdAt Unix microseconds */
export function newHdpTask(random: Random, createdAt: number, program: Program | undefined): HdpTask {
  const status = random.chance(0.75) ? 'TaskDecommitmentCompleted' : random.pick(HDP_STATUSES);
  const isOnchain = random.chance(0.6);
  const isEarly = status === 'Received' || status.startsWith('DryRun');
  const source = random.pick(NETWORKS);
  return {
    uuid: ulid(random, Math.floor(createdAt / 1000)),
    status,
    destinationChainId: random.chance(0.7) ? '11155111' : random.pick(NETWORKS),
    contractClassHash: random.hash(),
    scheduleMode: isEarly && random.chance(0.3) ? null : isOnchain ? 'onchain' : 'offchain',
    scheduleTxHash: isOnchain ? random.hash() : null,
    dataSourceChains: random.chance(0.02)
      ? null
      : random.chance(0.6)
        ? [source]
        : [source, random.pick(NETWORKS)],
    dataDestinationChain: random.chance(0.05) ? null : random.pick(NETWORKS),
    hdpCoreProgramHash: isEarly ? null : '0x4397474c05c192d03ae91fcdb879f05a3f9154cf1a3db7d39c135506c95091e',
    taskHash: isEarly ? null : random.hash(),
    programHash: program?.hash ?? null,
    programName: program?.name ?? null,
    outputTreeRoot: status === 'TaskDecommitmentCompleted' ? random.hash() : null,
    createdAt: formatMicros(createdAt),
    updatedAt: formatMicros(createdAt + random.below(2400e6)),
  };
}

/** Returns a later time in microseconds, sometimes a whole millisecond or second. */
function laterTime(random: Random, at: number, meanInterval: number): number {
  const next = at + 1 + random.below(2 * meanInterval);
  const unit = random.chance(0.1) ? 1000 : random.chance(0.03) ? 1e6 : 1;
  return Math.max(at, next - (next % unit));
}

function ulid(random: Random, milliseconds: number): string {
  let time = '';
  for (let rest = milliseconds; time.length < 10; rest = Math.floor(rest / 32)) {
    time = `${CROCKFORD_BASE32[rest % 32]}${time}`;
  }
  return time + random.text(16, CROCKFORD_BASE32);
}

const OTHER_CHAINS = Array.from({ length: 20 }, (_, i) => 1700 + 3 * i);
const EXPORTS = {
  transactions: 'Transaction',
  users: 'User',
  vouchers: 'Voucher',
  'wallet-ledger': 'Wallet',
  products: 'Product',
  'product-variants': 'Product_Variant',
};
const OTHER_ACTIONS = ['send message', 'recalculate tiers', 'expire points'];
const RECIPIENTS = [
  'new members',
  'Stammkunden in Köln',
  'members of tier Gold',
  'clients de Besançon',
  '会員',
  'web shop',
];

/** Generates Services tasks in the order of their ids. */
export function* generateServicesTasks(rows: number): Generator<ServicesTask> {
  const random = new Random(1764);
  const meanInterval = YEAR_SECONDS / rows;
  let id = 12_000;
  let at = START_SECONDS;
  for (let index = 0; index < rows; index += 1) {
    id += random.chance(0.2) ? 2 + random.below(5) : 1;
    at += 2 * meanInterval * random.fraction();
    yield newServicesTask(random, id, Math.floor(at));
  }
}

/**
 * Creates a Services task with random values.
 * @param createdAt Unix seconds
 * @param ofChain its chain; default: random
 */
export function newServicesTask(
  random: Random,
  id: number,
  createdAt: number,
  ofChain?: number,
): ServicesTask {
  const code = randomStatus(random);
  const chain = ofChain ?? (random.chance(0.5) ? CHAIN : random.pick(OTHER_CHAINS));
  const lastRun = code === 'READY' ? null : createdAt + 60 + random.below(7200);
  const { target, description, result } = randomTarget(random, id);
  return {
    id,
    chain,
    desc: `${description} ${random.pick(RECIPIENTS)}`,
    state: {
      code,
      last_run_date: lastRun === null ? null : formatSeconds(lastRun),
      last_modified: formatSeconds(lastRun === null ? createdAt : lastRun + random.below(900)),
      created_date: formatSeconds(createdAt),
    },
    trigger: randomTrigger(random, chain, createdAt),
    target,
    logs: null,
    debug: code === 'ERROR' ? `stopped after ${1 + random.below(30)} minutes` : '',
    version: { READY: 0, INPROGRESS: 1 }[code] ?? 2,
    result: code === 'DONE' ? result : null,
  };
}

function randomStatus(random: Random): string {
  const fraction = random.fraction();
  if (fraction < 0.85) return 'DONE';
  return fraction < 0.91 ? 'ERROR' : fraction < 0.96 ? 'READY' : 'INPROGRESS';
}

interface TargetAndResult {
  target: Record<string, unknown>;
  description: string;
  result: string | null;
}

function randomTarget(random: Random, id: number): TargetAndResult {
  const fraction = random.fraction();
  const campaign = 4700 + random.below(200);
  if (fraction < 0.4) {
    const [index, name] = random.pick(Object.entries(EXPORTS));
    const format = random.chance(0.8) ? 'csv' : 'json';
    return {
      target: { action: 'export', export_index: index, export_format: format },
      description: `Export of ${index} for`,
      result: `${name}_Export-${id}.${format}`,
    };
  }
  if (fraction < 0.65) {
    const amount = 5 * (1 + random.below(100));
    const target = { action: 'bulk issue wallet entries', campaign_id: campaign, wallet: 'points', amount };
    return { target, description: `${amount} points for`, result: null };
  }
  if (fraction < 0.85) {
    return { target: { action: 'bulk issue rewards', campaign }, description: 'Rewards for', result: null };
  }
  const action = random.pick(OTHER_ACTIONS);
  return { target: { action, campaign_id: campaign }, description: `To ${action}:`, result: null };
}

function randomTrigger(random: Random, chain: number, createdAt: number): Record<string, unknown> {
  const once = formatSeconds(createdAt + 60);
  if (random.chance(0.1)) return { once, repeat: random.pick(['daily', 'weekly', 'monthly']) };
  if (random.chance(0.7)) return { once };
  const rule = {
    field_name: 'city',
    field_type: 'keyword',
    operator: 'is',
    value: random.pick(['Delft', 'Łódź', 'Lyon']),
  };
  return { once, segment: { entity: 'people', index: 'users', join: 'all', chain_id: chain, rules: [rule] } };
}
