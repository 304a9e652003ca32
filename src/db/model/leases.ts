/** The rules of the leases by which runs hold Services tasks, free of SQL. Times are Unix milliseconds. */
import { z } from 'zod';
import type { LeaseTimes } from '../queries/services-task-lifecycle.ts';
import type { RecordedEnd } from '../queries/task-runs.ts';
import { LOG_LEVELS } from './statuses.ts';

/** Which expired leases to look for. */
export interface LeaseSearch {
  actions: readonly string[];
  times: LeaseTimes;
  excludedTasks: readonly number[];
}

/**
 * The part of a lease's length that passes between the suspicion and the next claim. A run renews its lease three times in
 * that length. So a run that still works renews it first, if the clock jumped ahead or nobody could write for a while.
 */
const GRACE_PERIOD_RATIO = 0.4;

/** Returns the time before which a lease must have been suspected to be claimable. */
export const graceEnd = ({ now, until }: LeaseTimes): number => now - GRACE_PERIOD_RATIO * (until - now);

/** Other processes date leases by a clock that was read a little later. */
const CLOCK_TOLERANCE_MS = 5000;

/** Returns the latest plausible end. A lease that ends later was written before the clock was put back: it has expired. */
export const latestEnd = ({ until }: LeaseTimes) => until + CLOCK_TOLERANCE_MS;

export const isLiveLease = (lease: { until: number } | null, times: LeaseTimes) =>
  lease !== null && lease.until > times.now && lease.until <= latestEnd(times);

/** The suffix of the lease owner if the run is a rerun: its task had ended before. */
const RERUN_SUFFIX = ' again';

export const leaseOwner = (run: string, isRerun: boolean) => (isRerun ? run + RERUN_SUFFIX : run);
export const isRerun = (owner: string) => owner.endsWith(RERUN_SUFFIX);
export const isOwnedBy = (owner: string, run: string) => owner === run || owner === leaseOwner(run, true);

const recordedEnd = z.object({
  status: z.enum(['DONE', 'ERROR']),
  result: z.string().nullable(),
  file: z.string().nullable(),
  logs: z.array(z.object({ time: z.number(), level: z.enum(LOG_LEVELS), message: z.string() })),
  startedAt: z.number(),
});

/** Parses `services_leases.recorded_end`. @throws if another program wrote it */
export const parseRecordedEnd = (text: string): RecordedEnd => recordedEnd.parse(JSON.parse(text));
