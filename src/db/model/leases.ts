/** The rules of the leases by which runs hold Services tasks, free of SQL. Times are Unix milliseconds. */
import { z } from 'zod';
import type { RecordedEnd } from '../queries/task-runs.ts';
import { LOG_LEVELS } from './statuses.ts';

/** Which expired leases to look for, and due tasks. */
export interface LeaseSearch {
  actions: readonly string[];
  /** How long a lease lasts, in milliseconds. */
  leaseMs: number;
  excludedTasks: readonly number[];
}

/**
 * The part of a lease's length that passes between the suspicion and the next claim. A run renews its lease three times in
 * that length. So a run that still works renews it first, if the clock jumped ahead or nobody could write for a while.
 */
const GRACE_PERIOD_RATIO = 0.4;

/** Returns how long a lease must have been suspected to be claimable. */
export const gracePeriod = (leaseMs: number): number => Math.ceil(GRACE_PERIOD_RATIO * leaseMs);

/** Another process may have dated a lease by a clock that was read a little later. */
const CLOCK_TOLERANCE_MS = 5000;

/**
 * Returns the longest time that a lease can have left. A lease with more was written before the clock was put back: it has
 * expired.
 */
export const maxTimeLeft = (leaseMs: number): number => leaseMs + CLOCK_TOLERANCE_MS;

/** True if the lease has not expired at a time of the clock that decides leases. */
export const isLiveLease = (lease: { until: number } | null, now: number, leaseMs: number): boolean =>
  lease !== null && lease.until > now && lease.until <= now + maxTimeLeft(leaseMs);

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
