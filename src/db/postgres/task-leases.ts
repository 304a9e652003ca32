/** The leases by which runs hold Services tasks. Times are Unix milliseconds. */
import { gracePeriod, type LeaseSearch, leaseOwner, maxTimeLeft } from '../model/leases.ts';
import type { RecordedEnd } from '../queries/task-runs.ts';
import { type ClockValues, NOW } from './clock.ts';
import type { Connection } from './connection.ts';
import { statement } from './statements.ts';

interface Expired extends ClockValues {
  actions: readonly string[];
  excludedTasks: readonly number[];
  maxTimeLeft: number;
}

const isExpired = `(until <= ${NOW} OR until > ${NOW} + :maxTimeLeft::bigint)`;

const expired = `services_leases AS lease JOIN services_tasks AS task ON task.id = lease.task
  WHERE task.status = 'INPROGRESS' AND task.action = ANY (:actions) AND task.id <> ALL (:excludedTasks)
    AND ${isExpired}`;

const claimable = statement<Expired & { gracePeriod: number }, { task: number }>(
  'claimable-lease',
  `SELECT lease.task FROM ${expired}
     AND (until = 0 OR suspected_at <= ${NOW} - :gracePeriod::bigint OR suspected_at > ${NOW})
   ORDER BY lease.until, lease.task LIMIT 1`,
);

const unsuspected = statement<Expired, { task: number }>(
  'unsuspected-leases',
  `SELECT lease.task FROM ${expired} AND until > 0 AND suspected_at IS NULL LIMIT 100`,
);

// A run may have renewed its lease since the task was listed.
const suspicion = statement<ClockValues & { tasks: readonly number[]; maxTimeLeft: number }>(
  'suspect-leases',
  `UPDATE services_leases SET suspected_at = ${NOW} WHERE task IN (
     SELECT task FROM services_leases
     WHERE task = ANY (:tasks) AND suspected_at IS NULL AND ${isExpired}
     ORDER BY task FOR UPDATE SKIP LOCKED
   )`,
);

const lock = statement<{ task: number }, object>(
  'lock-lease',
  'SELECT 1 FROM services_leases WHERE task = :task FOR UPDATE',
);

const claim = statement<{ task: number; owner: string; until: number; attempts: number }>(
  'claim-lease',
  `INSERT INTO services_leases (task, owner, until, attempts) VALUES (:task, :owner, :until, :attempts)
   ON CONFLICT (task) DO UPDATE SET owner = excluded.owner, until = excluded.until, attempts = excluded.attempts,
     suspected_at = NULL, recorded_end = NULL`,
);

const transfer = statement<{ task: number; owner: string; until: number }>(
  'transfer-lease',
  'UPDATE services_leases SET owner = :owner, until = :until, suspected_at = NULL WHERE task = :task',
);

const renewal = statement<ClockValues & { task: number; owners: readonly string[]; leaseMs: number }>(
  'renew-lease',
  `UPDATE services_leases SET until = ${NOW} + :leaseMs::bigint, suspected_at = NULL
   WHERE task = :task AND owner = ANY (:owners)`,
);

const releasing = statement<{ task: number; owners: readonly string[] }>(
  'release-lease',
  'UPDATE services_leases SET until = 0, suspected_at = NULL WHERE task = :task AND owner = ANY (:owners)',
);

const endRecord = statement<{ task: number; owners: readonly string[]; end: string }>(
  'record-end',
  'UPDATE services_leases SET recorded_end = :end WHERE task = :task AND owner = ANY (:owners)',
);

const removal = statement<{ task: number }>('remove-lease', 'DELETE FROM services_leases WHERE task = :task');

const parameters = ({ actions, leaseMs, excludedTasks, clock }: LeaseSearch & ClockValues): Expired => ({
  ...{ actions, excludedTasks, clock },
  maxTimeLeft: maxTimeLeft(leaseMs),
});

const ownersOf = (run: string) => [leaseOwner(run, false), leaseOwner(run, true)];

/** Returns the task whose lease expired first, and was released or is suspected for longer than the grace period. */
export const findClaimable = async (
  connection: Connection,
  search: LeaseSearch & ClockValues,
): Promise<number | undefined> => {
  const values = { ...parameters(search), gracePeriod: gracePeriod(search.leaseMs) };
  return (await connection.first(claimable, values))?.task;
};

/** Returns up to 100 tasks whose expired lease is not suspected yet. */
export const listUnsuspected = async (
  connection: Connection,
  search: LeaseSearch & ClockValues,
): Promise<number[]> => (await connection.all(unsuspected, parameters(search))).map(({ task }) => task);

/** Stores when leases were first found to have expired, unless they were renewed meanwhile. */
export const suspect = (
  connection: Connection,
  tasks: readonly number[],
  { leaseMs, clock }: Pick<LeaseSearch, 'leaseMs'> & ClockValues,
) => connection.run(suspicion, { tasks, clock, maxTimeLeft: maxTimeLeft(leaseMs) });

/** Lets no run renew the lease of a task until the end of the transaction. */
export const lockLease = (connection: Connection, task: number) => connection.first(lock, { task });

/** Gives the task a new lease. @param attempts the runs that have begun without ending, this one included */
export const claimLease = (
  connection: Connection,
  task: number,
  owner: string,
  until: number,
  attempts: number,
) => connection.run(claim, { task, owner, until, attempts });

/** Gives the lease to another owner, with its attempts and its recorded end. */
export const transferLease = (connection: Connection, task: number, owner: string, until: number) =>
  connection.run(transfer, { task, owner, until });

/** @returns false if the run does not own the lease */
export const renewLease = async (
  connection: Connection,
  task: number,
  run: string,
  { leaseMs, clock }: Pick<LeaseSearch, 'leaseMs'> & ClockValues,
): Promise<boolean> => (await connection.run(renewal, { task, owners: ownersOf(run), leaseMs, clock })) === 1;

/** Ends the lease before its time, if the run owns it. */
export const releaseLease = (connection: Connection, task: number, run: string) =>
  connection.run(releasing, { task, owners: ownersOf(run) });

/** @returns false if the run does not own the lease */
export const recordLeaseEnd = async (
  connection: Connection,
  task: number,
  run: string,
  end: RecordedEnd,
): Promise<boolean> =>
  (await connection.run(endRecord, { task, owners: ownersOf(run), end: JSON.stringify(end) })) === 1;

export const removeLease = (connection: Connection, task: number) => connection.run(removal, { task });
