/**
 * Both kinds of task as JSON (contracts A3 and B2) and as table rows. The bench maps between them without the product's
 * code, so that it can verify the product.
 */
export interface HdpTask {
  uuid: string;
  status: string;
  destinationChainId: string;
  contractClassHash: string;
  scheduleMode: string | null;
  scheduleTxHash: string | null;
  dataSourceChains: string[] | null;
  dataDestinationChain: string | null;
  hdpCoreProgramHash: string | null;
  taskHash: string | null;
  programHash: string | null;
  programName: string | null;
  outputTreeRoot: string | null;
  createdAt: string;
  updatedAt: string;
}

export interface ServicesTask {
  id: number;
  chain: number;
  desc: string;
  state: { code: string; last_run_date: string | null; last_modified: string; created_date: string };
  trigger: Record<string, unknown>;
  target: Record<string, unknown>;
  logs: null;
  debug: string;
  version: number;
  result: string | null;
}

export interface HdpRow {
  uuid: string;
  status: string;
  destination_chain_id: string;
  contract_class_hash: string;
  schedule_mode: string | null;
  schedule_tx_hash: string | null;
  data_source_chains: string | null;
  data_destination_chain: string | null;
  hdp_core_program_hash: string | null;
  task_hash: string | null;
  program_hash: string | null;
  program_name: string | null;
  output_tree_root: string | null;
  created_at: number;
  updated_at: number;
  folded_program_hash: string | null;
  folded_program_name: string | null;
}

export interface ServicesRow {
  id: number;
  chain: number;
  description: string;
  status: string;
  last_run_at: number | null;
  modified_at: number;
  created_at: number;
  trigger: string;
  target: string;
  debug: string;
  version: number;
  result: string | null;
}

/** Converts the JSON of an HDP task to its row. */
export function toHdpRow(task: HdpTask): HdpRow {
  return {
    uuid: task.uuid,
    status: task.status,
    destination_chain_id: task.destinationChainId,
    contract_class_hash: task.contractClassHash,
    schedule_mode: task.scheduleMode,
    schedule_tx_hash: task.scheduleTxHash,
    data_source_chains: task.dataSourceChains === null ? null : JSON.stringify(task.dataSourceChains),
    data_destination_chain: task.dataDestinationChain,
    hdp_core_program_hash: task.hdpCoreProgramHash,
    task_hash: task.taskHash,
    program_hash: task.programHash,
    program_name: task.programName,
    output_tree_root: task.outputTreeRoot,
    created_at: parseMicros(task.createdAt),
    updated_at: parseMicros(task.updatedAt),
    folded_program_hash: task.programHash === null ? null : fold(task.programHash),
    folded_program_name: task.programName === null ? null : fold(task.programName),
  };
}

/** Converts a row of the HDP table to its JSON. */
export function toHdpTask(row: HdpRow): HdpTask {
  return {
    uuid: row.uuid,
    status: row.status,
    destinationChainId: row.destination_chain_id,
    contractClassHash: row.contract_class_hash,
    scheduleMode: row.schedule_mode,
    scheduleTxHash: row.schedule_tx_hash,
    dataSourceChains: row.data_source_chains === null ? null : JSON.parse(row.data_source_chains),
    dataDestinationChain: row.data_destination_chain,
    hdpCoreProgramHash: row.hdp_core_program_hash,
    taskHash: row.task_hash,
    programHash: row.program_hash,
    programName: row.program_name,
    outputTreeRoot: row.output_tree_root,
    createdAt: formatMicros(row.created_at),
    updatedAt: formatMicros(row.updated_at),
  };
}

/** Converts the JSON of a Services task to its row. */
export function toServicesRow(task: ServicesTask): ServicesRow {
  const { last_run_date: lastRun, last_modified: modified, created_date: created } = task.state;
  return {
    id: task.id,
    chain: task.chain,
    description: task.desc,
    status: task.state.code,
    last_run_at: lastRun === null ? null : Date.parse(lastRun) / 1000,
    modified_at: Date.parse(modified) / 1000,
    created_at: Date.parse(created) / 1000,
    trigger: JSON.stringify(task.trigger),
    target: JSON.stringify(task.target),
    debug: task.debug,
    version: task.version,
    result: task.result,
  };
}

/** Converts a row of the Services table to its JSON. */
export function toServicesTask(row: ServicesRow): ServicesTask {
  return {
    id: row.id,
    chain: row.chain,
    desc: row.description,
    state: {
      code: row.status,
      last_run_date: row.last_run_at === null ? null : formatSeconds(row.last_run_at),
      last_modified: formatSeconds(row.modified_at),
      created_date: formatSeconds(row.created_at),
    },
    trigger: JSON.parse(row.trigger),
    target: JSON.parse(row.target),
    logs: null,
    debug: row.debug,
    version: row.version,
    result: row.result,
  };
}

/** Folds a text for a comparison of HDP texts (contract B2). */
export const fold = (text: string) =>
  text.normalize('NFC').toLowerCase().toUpperCase().toLowerCase().replaceAll('ς', 'σ').normalize('NFC');

/** Formats Unix seconds as `YYYY-MM-DDTHH:MM:SSZ`. */
export const formatSeconds = (seconds: number) => `${new Date(seconds * 1000).toISOString().slice(0, 19)}Z`;

/** Formats Unix microseconds as in contract B2: the fraction has 0, 3 or 6 digits. */
export function formatMicros(micros: number): string {
  const seconds = Math.floor(micros / 1e6);
  const digits = String(micros - seconds * 1e6).padStart(6, '0');
  const whole = formatSeconds(seconds).slice(0, -1);
  if (digits === '000000') return `${whole}Z`;
  return `${whole}.${digits.endsWith('000') ? digits.slice(0, 3) : digits}Z`;
}

/** Parses a time as `formatMicros` formats it. @returns Unix microseconds */
export function parseMicros(text: string): number {
  const fraction = text.slice(20, -1).padEnd(6, '0');
  return Date.parse(`${text.slice(0, 19)}Z`) * 1000 + Number(fraction);
}
