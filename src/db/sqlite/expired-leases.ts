/** Finds the leases of runs that have expired. Times are Unix milliseconds. */
import type Database from 'better-sqlite3';
import type { LeaseTimes } from '../queries/lease-times.ts';

export interface LeaseSearch {
  actions: readonly string[];
  times: LeaseTimes;
  /** Tasks that are left alone. */
  passedOver: readonly number[];
}

export interface ExpiredLeases {
  /** The task whose lease has expired the longest and was suspected for a while, or was released. */
  abandoned(search: LeaseSearch): number | undefined;
  /** Tasks whose expired lease is not suspected yet. */
  newSuspects(search: LeaseSearch): number[];
  /** Notes when a lease was first found to have expired. */
  suspect(task: number, now: number): void;
}

/**
 * A suspected lease may be taken after this part of its length. A run renews its lease three times in that length, so one
 * that still works, whose lease has expired because the clock jumped ahead or nobody could write, renews it first.
 */
const GRACE_PART = 0.4;

/** Other processes date leases by a clock that was read a little later. */
const CLOCK_TOLERANCE_MS = 5000;

/** The latest end of a lease. One that ends later was written before the clock was put back, and has expired. */
const latestEnd = ({ until }: LeaseTimes) => until + CLOCK_TOLERANCE_MS;

export const isLiveLease = (lease: { until: number } | null, times: LeaseTimes) =>
  lease !== null && lease.until > times.now && lease.until <= latestEnd(times);

export function prepareExpiredLeases(sqlite: Database.Database): ExpiredLeases {
  const expired = `services_leases CROSS JOIN services_tasks ON services_tasks.id = task
    WHERE status = 'INPROGRESS' AND action IN (SELECT value FROM json_each(:actions))
    AND task NOT IN (SELECT value FROM json_each(:passedOver)) AND (until <= :now OR until > :latestEnd)`;
  const abandoned = sqlite
    .prepare<[Record<string, unknown>], number>(
      `SELECT task FROM ${expired} AND (until = 0 OR suspected_at <= :graceEnd OR suspected_at > :now)
       ORDER BY until, task LIMIT 1`,
    )
    .pluck();
  const newSuspects = sqlite
    .prepare<[Record<string, unknown>], number>(
      `SELECT task FROM ${expired} AND until > 0 AND suspected_at IS NULL LIMIT 100`,
    )
    .pluck();
  const suspect = sqlite.prepare<[number, number]>(
    'UPDATE services_leases SET suspected_at = ? WHERE task = ? AND suspected_at IS NULL',
  );
  const parameters = ({ actions, times, passedOver }: LeaseSearch) => ({
    now: times.now,
    latestEnd: latestEnd(times),
    actions: JSON.stringify(actions),
    passedOver: JSON.stringify(passedOver),
  });
  return {
    abandoned: (search) => {
      const graceEnd = search.times.now - GRACE_PART * (search.times.until - search.times.now);
      return abandoned.get({ ...parameters(search), graceEnd });
    },
    newSuspects: (search) => newSuspects.all(parameters(search)),
    suspect: (task, now) => {
      suspect.run(now, task);
    },
  };
}
