/** The statuses of an HDP task (contract B2): `Received`, then five stages, each started and then completed or failed. */
import type { HdpStatus } from './statuses.ts';

export const HDP_STAGES = [
  'DryRun',
  'ChainProofsFetch',
  'TraceGen',
  'AtlanticProving',
  'TaskDecommitment',
] as const;

export type HdpStage = (typeof HDP_STAGES)[number];

const NEXT_STATUSES = new Map<HdpStatus, readonly HdpStatus[]>([['Received', ['DryRunStarted']]]);
for (const [index, stage] of HDP_STAGES.entries()) {
  const next = HDP_STAGES[index + 1];
  NEXT_STATUSES.set(`${stage}Started`, [`${stage}Completed`, `${stage}Failed`]);
  NEXT_STATUSES.set(`${stage}Completed`, next === undefined ? [] : [`${next}Started`]);
  NEXT_STATUSES.set(`${stage}Failed`, []);
}

/** Returns the statuses that a processor may report for a task with a status; none if the task has ended. */
export const nextStatuses = (status: HdpStatus): readonly HdpStatus[] => NEXT_STATUSES.get(status) ?? [];

/** True if a task with this status has failed, so that it can be retried. */
export const isFailed = (status: HdpStatus): boolean => status.endsWith('Failed');

/** True if a task with this status has completed its last stage or failed. */
export const isEnded = (status: HdpStatus): boolean => nextStatuses(status).length === 0;
