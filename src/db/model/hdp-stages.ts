/** The life of an HDP task (contract B2): received, then five stages, each started and then completed or failed. */
import type { HdpStatus } from './statuses.ts';

export const HDP_STAGES = [
  'DryRun',
  'ChainProofsFetch',
  'TraceGen',
  'AtlanticProving',
  'TaskDecommitment',
] as const;

const FOLLOWERS = new Map<HdpStatus, readonly HdpStatus[]>([['Received', ['DryRunStarted']]]);
for (const [place, stage] of HDP_STAGES.entries()) {
  const next = HDP_STAGES[place + 1];
  FOLLOWERS.set(`${stage}Started`, [`${stage}Completed`, `${stage}Failed`]);
  FOLLOWERS.set(`${stage}Completed`, next === undefined ? [] : [`${next}Started`]);
  FOLLOWERS.set(`${stage}Failed`, []);
}

/** What a processor may report of a task at a status; nothing once it has ended. */
export const followersOf = (status: HdpStatus): readonly HdpStatus[] => FOLLOWERS.get(status) ?? [];

/** Whether a task at this status has failed, so that it may be retried. */
export const isFailed = (status: HdpStatus): boolean => status.endsWith('Failed');

/** Whether a task at this status has ended, well or not. */
export const isEnded = (status: HdpStatus): boolean => followersOf(status).length === 0;
