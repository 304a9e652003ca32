/** The closed sets of values of both APIs, free of SQL. */

/** Statuses of a Services task (contract A3). */
export const SERVICES_STATUSES = ['READY', 'INPROGRESS', 'DONE', 'ERROR'] as const;

/** Statuses of an HDP task (contract B2): `Received`, then three statuses of each of the five stages. */
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

/** Where an HDP task is scheduled; null until that is known (contract B2). */
export const SCHEDULE_MODES = ['onchain', 'offchain'] as const;

/** Access levels of an admin in a chain; WRITE includes READ (contract A1). */
export const ACCESS_LEVELS = ['READ', 'WRITE'] as const;

/** Levels of the log entries of a Services task (contract A4). */
export const LOG_LEVELS = ['info', 'warning', 'error'] as const;

/** Roles of an API key in the HDP API (contract B1): a client creates tasks, a processor reports their progress. */
export const KEY_ROLES = ['client', 'processor'] as const;

/** The hash functions of Merkle mountain ranges (contract B3). */
export const HASHING_FUNCTIONS = ['poseidon', 'keccak'] as const;

export type ScheduleMode = (typeof SCHEDULE_MODES)[number];
export type HashingFunction = (typeof HASHING_FUNCTIONS)[number];
export type LogLevel = (typeof LOG_LEVELS)[number];
export type KeyRole = (typeof KEY_ROLES)[number];
export type ServicesStatus = (typeof SERVICES_STATUSES)[number];
export type HdpStatus = (typeof HDP_STATUSES)[number];
export type AccessLevel = (typeof ACCESS_LEVELS)[number];

/** The APIs whose tasks can be imported. */
export const IMPORT_APIS = ['services', 'hdp'] as const;

/** `pending`: due now or later; `failed`: no further attempt is made. */
export const WEBHOOK_STATES = ['pending', 'delivered', 'failed'] as const;

export type WebhookState = (typeof WEBHOOK_STATES)[number];

/** Returns the state of a webhook from its columns. */
export function webhookState(webhook: { dueAt: number | null; deliveredAt: number | null }): WebhookState {
  if (webhook.deliveredAt !== null) return 'delivered';
  return webhook.dueAt === null ? 'failed' : 'pending';
}
