import type { HdpStatus } from '../model/statuses.ts';
import type { HdpMmr, HdpTaskDetails, HdpTaskRow, HdpTransition, HdpWebhook, NewHdpTask } from '../rows.ts';
import type { IdempotentRequest, IdempotentResult } from './idempotency.ts';

export const TASK_COLUMNS = [
  'contractClassHash',
  'dataSourceChains',
  'dataDestinationChain',
  'hdpCoreProgramHash',
  'taskHash',
  'programHash',
  'programName',
  'outputTreeRoot',
] as const;

export const DETAIL_COLUMNS = ['taskInputs', 'outputPreimage', 'errorMessage', 'transactionHash'] as const;

/** New values of columns. A column that is undefined or omitted stays unchanged. */
type Changes<Row, Column extends keyof Row> = { [Name in Column]?: Row[Name] | undefined };

/** The columns of the list that a transition may change. */
export type TaskChanges = Changes<HdpTaskRow, (typeof TASK_COLUMNS)[number]>;

/** The details that a transition may change. A transition without an error message removes it. */
export type DetailChanges = Changes<HdpTaskDetails, (typeof DETAIL_COLUMNS)[number]>;

export type NewMmr = Omit<HdpMmr, 'task' | 'position'>;

/** The time of a write, and the source of its new ids. */
export interface WriteContext {
  /** Unix milliseconds. */
  now: number;
  /** Returns a ULID of that time. The ULIDs of one process increase. */
  newUlid(now: number): string;
}

/** The values of a new task that the client decides (contract B3). */
export interface NewHdpTaskRecord {
  task: Omit<NewHdpTask, 'uuid' | 'status' | 'createdAt' | 'updatedAt'>;
  details: Pick<HdpTaskDetails, 'input' | 'taskInputs' | 'isMock' | 'webhookUrl' | 'keyId'>;
}

/** A processor's report on a task: its new status and the results of the stage. */
export interface HdpReport {
  toStatus: HdpStatus;
  /** The report as canonical JSON. Two reports are equal if their texts are equal. */
  text: string;
  task: TaskChanges;
  details: DetailChanges;
  /** Replace all MMRs of the task. */
  mmrs?: readonly NewMmr[] | undefined;
  /** Returns the body of the webhook, which is sent if the report ends the task. @param endedAt Unix microseconds */
  webhookBody(endedAt: number): string;
}

/** A task with its details, MMRs and latest webhook, without its transitions. */
export interface HdpTaskRecord {
  task: HdpTaskRow;
  /** Undefined for an imported task without transitions. */
  details: HdpTaskDetails | undefined;
  mmrs: HdpMmr[];
  webhook: HdpWebhook | undefined;
}

/**
 * The outcome of a report:
 * - `accepted`: now, or before as an equal report; the transition is the first one.
 * - `refused`: the reported status cannot follow the status of the task.
 * - `contradicts`: the status was reported before with other content.
 */
export type ReportResult =
  | { outcome: 'accepted'; transition: HdpTransition }
  | { outcome: 'refused' | 'contradicts'; status: HdpStatus };

/** The lifecycle of HDP tasks (contract B3). Each change is one transaction. */
export interface HdpTaskLifecycleQueries {
  /** Creates a `Received` task. An idempotent request creates one task, however often it is sent. @returns its uuid */
  create(
    record: NewHdpTaskRecord,
    context: WriteContext,
    request?: IdempotentRequest<string>,
  ): Promise<IdempotentResult<string>>;
  /** Returns undefined, like the other functions here, if the task does not exist. */
  find(uuid: string): Promise<HdpTaskRecord | undefined>;
  /** Removes a task and everything that belongs to it. @returns false if the task does not exist */
  remove(uuid: string): Promise<boolean>;
  /** Returns the transitions of a task, oldest first. An import adds none. */
  listTransitions(uuid: string): Promise<HdpTransition[] | undefined>;
  /** Applies a processor's report. If it ends the task, it also puts a webhook into the outbox. */
  report(uuid: string, report: HdpReport, context: WriteContext): Promise<ReportResult | undefined>;
  /** Resets a failed task to `Received`; other tasks stay unchanged. @returns the status before */
  retry(uuid: string, context: WriteContext): Promise<HdpStatus | undefined>;
}
