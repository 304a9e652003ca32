/** Generates the data set. The same number of rows gives the same tasks. */
import { type Program, Programs } from './programs.ts';
import { Random } from './random.ts';
import { formatMicros, formatSeconds, type HdpTask, type ServicesTask } from './tasks.ts';

/** The chain that has half of all Services tasks. */
export const CHAIN = 1764;

const YEAR_SECONDS = 365 * 86_400;
const START_SECONDS = Date.UTC(2025, 4, 1) / 1000;

const CROCKFORD = '0123456789ABCDEFGHJKMNPQRSTVWXYZ';
const STAGES = ['DryRun', 'ChainProofsFetch', 'TraceGen', 'AtlanticProving', 'TaskDecommitment'] as const;
/** The statuses of a task that succeeds, after `Received`. */
export const SUCCESSFUL_STATUSES = STAGES.flatMap(
  (stage) => [`${stage}Started`, `${stage}Completed`] as const,
);
export const HDP_STATUSES: readonly string[] = [
  'Received',
  ...STAGES.flatMap((stage) => ['Started', 'Completed', 'Failed'].map((state) => stage + state)),
];
const NETWORKS = ['0xaa36a7', '0xaa37dc', '0x1', '0xa', '0x534e5f5345504f4c4941'];

/** HDP tasks, oldest first, about a year of them. */
export function* generateHdpTasks(rows: number): Generator<HdpTask> {
  const random = new Random(20250501);
  const programs = createPrograms(rows);
  const mean = (YEAR_SECONDS * 1e6) / rows;
  let at = START_SECONDS * 1e6;
  for (let index = 0; index < rows; index += 1) {
    // One task in twenty was created in the very microsecond of the one before.
    if (!random.chance(0.05)) at = later(random, at, mean);
    yield newHdpTask(random, at, programs.of(random, index));
  }
}

/** The programs that those tasks run. */
export const createPrograms = (rows: number) => new Programs(new Random(5000), rows);

/** @param createdAt Unix microseconds */
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

/** A later moment, sometimes a whole millisecond or second. */
function later(random: Random, at: number, mean: number): number {
  const next = at + 1 + random.below(2 * mean);
  const unit = random.chance(0.1) ? 1000 : random.chance(0.03) ? 1e6 : 1;
  return Math.max(at, next - (next % unit));
}

function ulid(random: Random, milliseconds: number): string {
  let time = '';
  for (let rest = milliseconds; time.length < 10; rest = Math.floor(rest / 32)) {
    time = `${CROCKFORD[rest % 32]}${time}`;
  }
  return time + random.text(16, CROCKFORD);
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
const PEOPLE = [
  'new members',
  'Stammkunden in Köln',
  'members of tier Gold',
  'clients de Besançon',
  '会員',
  'web shop',
];

/** Services tasks, by id. */
export function* generateServicesTasks(rows: number): Generator<ServicesTask> {
  const random = new Random(1764);
  const mean = YEAR_SECONDS / rows;
  let id = 12_000;
  let at = START_SECONDS;
  for (let index = 0; index < rows; index += 1) {
    id += random.chance(0.2) ? 2 + random.below(5) : 1;
    at += 2 * mean * random.fraction();
    yield newServicesTask(random, id, Math.floor(at));
  }
}

/** @param createdAt Unix seconds @param ofChain its chain; at random without it */
export function newServicesTask(
  random: Random,
  id: number,
  createdAt: number,
  ofChain?: number,
): ServicesTask {
  const code = servicesStatus(random);
  const chain = ofChain ?? (random.chance(0.5) ? CHAIN : random.pick(OTHER_CHAINS));
  const lastRun = code === 'READY' ? null : createdAt + 60 + random.below(7200);
  const { target, about, result } = work(random, id);
  return {
    id,
    chain,
    desc: `${about} ${random.pick(PEOPLE)}`,
    state: {
      code,
      last_run_date: lastRun === null ? null : formatSeconds(lastRun),
      last_modified: formatSeconds(lastRun === null ? createdAt : lastRun + random.below(900)),
      created_date: formatSeconds(createdAt),
    },
    trigger: trigger(random, chain, createdAt),
    target,
    logs: null,
    debug: code === 'ERROR' ? `stopped after ${1 + random.below(30)} minutes` : '',
    version: { READY: 0, INPROGRESS: 1 }[code] ?? 2,
    result: code === 'DONE' ? result : null,
  };
}

function servicesStatus(random: Random): string {
  const dice = random.fraction();
  if (dice < 0.85) return 'DONE';
  return dice < 0.91 ? 'ERROR' : dice < 0.96 ? 'READY' : 'INPROGRESS';
}

interface Work {
  target: Record<string, unknown>;
  about: string;
  result: string | null;
}

function work(random: Random, id: number): Work {
  const dice = random.fraction();
  const campaign = 4700 + random.below(200);
  if (dice < 0.4) {
    const [index, name] = random.pick(Object.entries(EXPORTS));
    const format = random.chance(0.8) ? 'csv' : 'json';
    return {
      target: { action: 'export', export_index: index, export_format: format },
      about: `Export of ${index} for`,
      result: `${name}_Export-${id}.${format}`,
    };
  }
  if (dice < 0.65) {
    const amount = 5 * (1 + random.below(100));
    const target = { action: 'bulk issue wallet entries', campaign_id: campaign, wallet: 'points', amount };
    return { target, about: `${amount} points for`, result: null };
  }
  if (dice < 0.85) {
    return { target: { action: 'bulk issue rewards', campaign }, about: 'Rewards for', result: null };
  }
  const action = random.pick(OTHER_ACTIONS);
  return { target: { action, campaign_id: campaign }, about: `To ${action}:`, result: null };
}

function trigger(random: Random, chain: number, createdAt: number): Record<string, unknown> {
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
