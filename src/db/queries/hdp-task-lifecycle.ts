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

/** Values of some of these columns; one that is undefined or left out stays as it is. */
type Changes<Row, Column extends keyof Row> = { [Name in Column]?: Row[Name] | undefined };

/** What a transition may set of the columns that the list shows. */
export type TaskChanges = Changes<HdpTaskRow, (typeof TASK_COLUMNS)[number]>;

/** What a transition may set of the details; without an error message, the task has none. */
export type DetailChanges = Changes<HdpTaskDetails, (typeof DETAIL_COLUMNS)[number]>;

export type NewMmr = Omit<HdpMmr, 'task' | 'position'>;

/** When something happens to a task, and where the ids of what it leaves come from. */
export interface Moment {
  /** Unix milliseconds. */
  now: number;
  /** A ULID of that time; those of one process only go up. */
  newUlid(now: number): string;
}

/** What a client asks for (contract B3); all else of a new task is given here. */
export interface NewHdpTaskRecord {
  task: Omit<NewHdpTask, 'uuid' | 'status' | 'createdAt' | 'updatedAt'>;
  details: Pick<HdpTaskDetails, 'input' | 'taskInputs' | 'isMock' | 'webhookUrl' | 'keyId'>;
}

/** What a processor says of a task: where it has come to, and what the stage made. */
export interface HdpReport {
  toStatus: HdpStatus;
  /** The whole report as canonical JSON: two reports are the same if their texts are. */
  text: string;
  task: TaskChanges;
  details: DetailChanges;
  /** In place of all that the task had. */
  mmrs?: readonly NewMmr[] | undefined;
  /** Returns the body of the webhook if this ends the task. @param endedAt Unix microseconds */
  webhookBody(endedAt: number): string;
}

/** A task with all that is known of it but its history. */
export interface HdpTaskRecord {
  task: HdpTaskRow;
  /** Undefined for a task that was imported and not touched since. */
  details: HdpTaskDetails | undefined;
  mmrs: HdpMmr[];
  /** The latest webhook of the task. */
  webhook: HdpWebhook | undefined;
}

/**
 * What became of a report. `accepted` also when the same one was accepted before, with the transition of then; `refused`
 * for one that cannot follow the task's status; `contradicts` for one that was made before with other content.
 */
export type Reported =
  | { outcome: 'accepted'; transition: HdpTransition }
  | { outcome: 'refused' | 'contradicts'; status: HdpStatus };

/** The lifecycle of HDP tasks (contract B3). Each change is one transaction. */
export interface HdpTaskLifecycleQueries {
  /** Makes a task, `Received`; once for an idempotent request. @returns its uuid */
  create(
    run: NewHdpTaskRecord,
    moment: Moment,
    request?: IdempotentRequest<string>,
  ): Promise<IdempotentResult<string>>;
  /** Undefined when there is no such task, as below. */
  find(uuid: string): Promise<HdpTaskRecord | undefined>;
  /** Removes a task with all that belongs to it. @returns false if there is no such task */
  remove(uuid: string): Promise<boolean>;
  /** Every change of the task's status, oldest first; none of a task that was imported and not touched since. */
  transitions(uuid: string): Promise<HdpTransition[] | undefined>;
  /** Takes a processor's report, and puts a webhook into the outbox when it ends the task. */
  report(uuid: string, report: HdpReport, moment: Moment): Promise<Reported | undefined>;
  /** Puts a failed task back to `Received`; does nothing to any other. @returns the status that it found */
  retry(uuid: string, moment: Moment): Promise<HdpStatus | undefined>;
}
