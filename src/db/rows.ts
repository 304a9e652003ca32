/** The rows that queries return and take, the same in every dialect. */
import type {
  AccessLevel,
  HashingFunction,
  HdpStatus,
  KeyRole,
  LogLevel,
  ScheduleMode,
  ServicesStatus,
} from './model/statuses.ts';

type NullableKeys<Row> = { [Key in keyof Row]: null extends Row[Key] ? Key : never }[keyof Row];

/** A row to insert. Columns that can be null may be left out. */
type Insertable<Row> = Omit<Row, NullableKeys<Row>> & {
  [Key in NullableKeys<Row>]?: Row[Key] | undefined;
};

/** A Services task (contract A3). */
export interface ServicesTaskRow {
  id: number;
  chain: number;
  description: string;
  status: ServicesStatus;
  /** `lastRunAt`, `modifiedAt` and `createdAt` are Unix seconds. */
  lastRunAt: number | null;
  modifiedAt: number;
  createdAt: number;
  /** `trigger` and `target` are JSON texts of objects, stored as received (unknown keys, order of keys, format of numbers). */
  trigger: string;
  target: string;
  debug: string;
  version: number;
  result: string | null;
  /** Unix milliseconds of `trigger.once`; null if that is not a time. READY tasks always have a time. */
  dueAt: number | null;
  /** The `trigger.once` of the first task of the series; null in that task. */
  seriesStart: string | null;
  /** The database derives `action` and `campaign` from `target`. */
  action: string | null;
  campaign: number | null;
}

export type NewServicesTask = Insertable<Omit<ServicesTaskRow, 'action' | 'campaign'>>;

/** A log entry of a Services task (contract A4). */
export interface ServicesLogEntry {
  /** Increases with time. */
  id: number;
  task: number;
  /** Unix time in whole seconds. */
  time: number;
  level: LogLevel;
  message: string;
}

/** An HDP task as the list shows it (contract B2). */
export interface HdpTaskRow {
  /** Internal; the API identifies a task by its uuid. */
  id: number;
  uuid: string;
  status: HdpStatus;
  destinationChainId: string;
  contractClassHash: string;
  scheduleMode: ScheduleMode | null;
  scheduleTxHash: string | null;
  /** JSON text of an array of strings. */
  dataSourceChains: string | null;
  dataDestinationChain: string | null;
  hdpCoreProgramHash: string | null;
  taskHash: string | null;
  programHash: string | null;
  programName: string | null;
  outputTreeRoot: string | null;
  /** `createdAt` and `updatedAt` are Unix microseconds. */
  createdAt: number;
  updatedAt: number;
  /** Identifies the program (hash and name) in the search index. */
  programId: number | null;
}

export type NewHdpTask = Insertable<Omit<HdpTaskRow, 'id' | 'programId'>>;

/** Values of an HDP task that are not in the list (contract B3). */
export interface HdpTaskDetails {
  task: number;
  /** JSON text of the object that the client sent as `input`. */
  input: string;
  /** JSON text of an object. */
  taskInputs: string | null;
  /** JSON text of an array of strings. */
  outputPreimage: string | null;
  errorMessage: string | null;
  transactionHash: string | null;
  isMock: boolean;
  webhookUrl: string | null;
  /** The API key that created the task. Its hash signs the webhook. */
  keyId: string | null;
}

/** A change of the status of an HDP task (contract B3). */
export interface HdpTransition {
  /** A ULID that increases within a task. */
  id: string;
  task: number;
  fromStatus: HdpStatus | null;
  toStatus: HdpStatus;
  /** Unix microseconds. */
  createdAt: number;
  /** The processor's report as canonical JSON, to recognize a repeated report; null without a report. */
  report: string | null;
}

/** A Merkle mountain range of the proofs of a task (contract B3). `position` is its place in the report. */
export interface HdpMmr {
  task: number;
  position: number;
  id: string;
  root: string;
  size: number;
  chainId: string;
  hashingFunction: HashingFunction;
}

/** A webhook in the outbox (contract B3). Times are Unix milliseconds. */
export interface HdpWebhook {
  /** A ULID, by which receivers recognize a repeated delivery. */
  id: string;
  task: number;
  url: string;
  body: string;
  keyId: string | null;
  /** When the task ended, or when the webhook was last resent. Attempts are made for a day after this time. */
  createdAt: number;
  attempts: number;
  /** When the next attempt is due or, during an attempt, when another process may claim it; null after the last attempt. */
  dueAt: number | null;
  deliveredAt: number | null;
  lastError: string | null;
}

/** An access token of the Services API (contract A1). Times of credentials are Unix milliseconds. */
export interface AccessToken {
  id: string;
  secretHash: Buffer;
  chain: number;
  label: string;
  createdAt: number;
  expiresAt: number | null;
  revokedAt: number | null;
}

/** The access of an admin to a chain. */
export interface AdminAccess {
  userId: number;
  chain: number;
  level: AccessLevel;
}

export interface AdminSession {
  id: string;
  userId: number;
  keyHash: Buffer;
  createdAt: number;
  expiresAt: number | null;
  revokedAt: number | null;
}

/** An API key of the HDP API (contract B1). */
export interface ApiKey {
  id: string;
  keyHash: Buffer;
  role: KeyRole;
  label: string;
  createdAt: number;
  revokedAt: number | null;
}
