/** The leases by which runs hold Services tasks. Times are Unix milliseconds. */
import type Database from 'better-sqlite3';
import { gracePeriod, type LeaseSearch, leaseOwner, maxTimeLeft } from '../model/leases.ts';
import type { RecordedEnd } from '../queries/task-runs.ts';

/** Prepares the statements that find expired leases, and mark newly expired leases as suspected. */
export function prepareExpiredLeases(sqlite: Database.Database) {
  const expired = `services_leases CROSS JOIN services_tasks ON services_tasks.id = task
    WHERE status = 'INPROGRESS' AND action IN (SELECT value FROM json_each(:actions))
    AND task NOT IN (SELECT value FROM json_each(:excludedTasks)) AND (until <= :now OR until > :latestEnd)`;
  const claimable = sqlite
    .prepare<[Record<string, unknown>], number>(
      `SELECT task FROM ${expired} AND (until = 0 OR suspected_at <= :graceEnd OR suspected_at > :now)
       ORDER BY until, task LIMIT 1`,
    )
    .pluck();
  const unsuspected = sqlite
    .prepare<[Record<string, unknown>], number>(
      `SELECT task FROM ${expired} AND until > 0 AND suspected_at IS NULL LIMIT 100`,
    )
    .pluck();
  const suspicion = sqlite.prepare<[number, number]>(
    'UPDATE services_leases SET suspected_at = ? WHERE task = ? AND suspected_at IS NULL',
  );
  const parameters = ({ actions, leaseMs, excludedTasks }: LeaseSearch, now: number) => ({
    now,
    latestEnd: now + maxTimeLeft(leaseMs),
    actions: JSON.stringify(actions),
    excludedTasks: JSON.stringify(excludedTasks),
  });
  return {
    /** Returns the task whose lease expired first, and was released or is suspected for longer than the grace period. */
    findClaimable(search: LeaseSearch, now: number): number | undefined {
      return claimable.get({ ...parameters(search, now), graceEnd: now - gracePeriod(search.leaseMs) });
    },
    /** Returns up to 100 tasks whose expired lease is not suspected yet. */
    listUnsuspected: (search: LeaseSearch, now: number): number[] => unsuspected.all(parameters(search, now)),
    /** Stores when the lease was first found to have expired. */
    suspect: (task: number, now: number): void => void suspicion.run(now, task),
  };
}

/** Prepares the writes to leases. `run` is the name of the run that must own the lease. */
export function prepareLeaseWrites(sqlite: Database.Database) {
  const claim = sqlite.prepare<[number, string, number, number]>(
    `INSERT INTO services_leases (task, owner, until, attempts) VALUES (?, ?, ?, ?)
     ON CONFLICT (task) DO UPDATE SET owner = excluded.owner, until = excluded.until, attempts = excluded.attempts,
       suspected_at = NULL, recorded_end = NULL`,
  );
  const transfer = sqlite.prepare<[string, number, number]>(
    'UPDATE services_leases SET owner = ?, until = ?, suspected_at = NULL WHERE task = ?',
  );
  const renewal = sqlite.prepare<[number, number, string, string]>(
    'UPDATE services_leases SET until = ?, suspected_at = NULL WHERE task = ? AND owner IN (?, ?)',
  );
  const endRecord = sqlite.prepare<[string, number, string, string]>(
    'UPDATE services_leases SET recorded_end = ? WHERE task = ? AND owner IN (?, ?)',
  );
  const removal = sqlite.prepare<[number]>('DELETE FROM services_leases WHERE task = ?');
  const renew = (task: number, run: string, until: number): boolean =>
    renewal.run(until, task, run, leaseOwner(run, true)).changes === 1;
  return {
    /** Gives the task a new lease. @param attempts the runs that have begun without ending, this one included */
    claim: (task: number, owner: string, until: number, attempts: number): void =>
      void claim.run(task, owner, until, attempts),
    /** Gives the lease to another owner, with its attempts and its recorded end. */
    transfer: (task: number, owner: string, until: number): void => void transfer.run(owner, until, task),
    /** @returns false if the run does not own the lease */
    renew,
    release: (task: number, run: string): void => void renew(task, run, 0),
    /** @returns false if the run does not own the lease */
    recordEnd: (task: number, run: string, end: RecordedEnd): boolean =>
      endRecord.run(JSON.stringify(end), task, run, leaseOwner(run, true)).changes === 1,
    remove: (task: number): void => void removal.run(task),
  };
}
