/** The closed sets of values of both APIs, free of SQL. */
/** States of a Services task (contract A3). */
export const SERVICES_STATUSES = ['READY', 'INPROGRESS', 'DONE', 'ERROR'] as const;

/** States of an HDP task, complete (contract B2): received, then five stages of three states each. */
export const HDP_STATUSES = [
  'Received',
  'DryRunStarted',
  'DryRunCompleted',
  'DryRunFailed',
  'ChainProofsFetchStarted',
  'ChainProofsFetchCompleted',
  'ChainProofsFetchFailed',
  'TraceGenStarted',
  'TraceGenCompleted',
  'TraceGenFailed',
  'AtlanticProvingStarted',
  'AtlanticProvingCompleted',
  'AtlanticProvingFailed',
  'TaskDecommitmentStarted',
  'TaskDecommitmentCompleted',
  'TaskDecommitmentFailed',
] as const;

/** Where an HDP task is scheduled; null before that is known (contract B2). */
export const SCHEDULE_MODES = ['onchain', 'offchain'] as const;

/** What an admin may do in a chain; WRITE includes READ (contract A1). */
export const ACCESS_LEVELS = ['READ', 'WRITE'] as const;

/** How much a log entry of a Services task matters (contract A4). */
export const LOG_LEVELS = ['info', 'warning', 'error'] as const;

/** What an API key may do in the HDP API (contract B1): make tasks, or report what became of them. */
export const KEY_ROLES = ['client', 'processor'] as const;

/** The hash functions of Merkle mountain ranges (contract B3). */
export const HASHING_FUNCTIONS = ['poseidon', 'keccak'] as const;

export type LogLevel = (typeof LOG_LEVELS)[number];
export type KeyRole = (typeof KEY_ROLES)[number];
export type ServicesStatus = (typeof SERVICES_STATUSES)[number];
export type HdpStatus = (typeof HDP_STATUSES)[number];
export type AccessLevel = (typeof ACCESS_LEVELS)[number];

/** The kinds of task that an import adds. */
export const IMPORT_APIS = ['services', 'hdp'] as const;
