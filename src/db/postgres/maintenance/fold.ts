/**
 * Folds pending changes into the derived data, in batches. One process folds at a time; writers do not wait for it, because
 * they only append. A reader sees each change either as pending or as folded.
 */
import type { Counter } from '../../model/figures.ts';
import { createServicesGroups, HDP_GROUP, type ServicesListFields } from '../../model/lists.ts';
import { servicesScope } from '../../model/scopes.ts';
import { foldFigures } from '../figures.ts';
import { countInSearchBlocks, type SearchBlockChange } from '../search/search-blocks.ts';
import { statement } from '../statements.ts';
import type { WriteTransaction } from '../transactions.ts';
import { countInBlocks } from './blocks.ts';

/** A Services task that enters (1) or leaves (-1) its lists, or another change of its chain (0). */
export interface ServicesChange extends ServicesListFields {
  task: number;
  change: number;
}

const groupOf = createServicesGroups();

/** Held until the end of the transaction. */
const tryLock = statement<object, { isLocked: boolean }>(
  'try-lock-fold',
  `SELECT pg_try_advisory_xact_lock(hashtext('taskgate fold')) AS "isLocked"`,
);

const pendingCount = statement<{ limit: number }, { count: number }>(
  'count-pending',
  `SELECT greatest(
     (SELECT count(*) FROM (SELECT FROM pending_services_changes LIMIT :limit) AS counted),
     (SELECT count(*) FROM (SELECT FROM pending_search_changes LIMIT :limit) AS counted)
   ) AS count`,
);

/** A range of ids, because a list of them is compared with each row if the statistics say that the table is empty. */
const take = (table: string, columns: string) =>
  `DELETE FROM ${table} WHERE id <= (SELECT max(id) FROM (SELECT id FROM ${table} ORDER BY id LIMIT :batch::bigint) AS oldest)
   RETURNING ${columns}`;

const takeServices = statement<{ batch: number | null }, ServicesChange>(
  'take-services-changes',
  take('pending_services_changes', 'chain, status, action, campaign, task, change'),
);

const takeSearch = statement<{ batch: number | null }, SearchBlockChange>(
  'take-search-changes',
  take('pending_search_changes', 'created_at AS position, uuid AS tie, program_id AS "programId", change'),
);

const raiseVersions = statement<{ scopes: readonly string[]; counts: readonly number[] }>(
  'raise-scope-versions',
  `INSERT INTO scope_versions (scope, version) SELECT * FROM unnest(:scopes::text[], :counts::bigint[])
   ON CONFLICT (scope) DO UPDATE SET version = scope_versions.version + excluded.version`,
);

const countPrograms = statement<{ programs: readonly number[]; changes: readonly number[] }>(
  'count-programs',
  `UPDATE hdp_programs SET tasks = tasks + counted.change
   FROM unnest(:programs::bigint[], :changes::bigint[]) AS counted (program, change) WHERE id = counted.program`,
);

/** Changes that a transaction has made and not appended. */
export interface OwnChanges {
  services: readonly ServicesChange[];
  search: readonly SearchBlockChange[];
  figures: readonly Counter[];
}

/** Maximum number of pending changes that a transaction folds with its own. If there are more, it appends its own. */
const MAX_FOLDED_PENDING = 20_000;

/**
 * Folds all pending changes together with the changes of the transaction. A transaction must not fold only its own changes,
 * because a pending change can be an earlier change of the same task.
 * @returns false, with nothing folded, if another transaction is folding, or if too many changes are pending
 */
export async function foldWithPending(
  transaction: WriteTransaction,
  own: OwnChanges,
  blockSize: number,
): Promise<boolean> {
  if (!(await lockFold(transaction))) return false;
  const pending = await transaction.first(pendingCount, { limit: MAX_FOLDED_PENDING });
  if (pending === undefined || pending.count >= MAX_FOLDED_PENDING) return false;
  // No limit: the changes of this transaction are in the tables already, so no pending change may stay behind.
  const services = await transaction.all(takeServices, { batch: null });
  await foldServices(transaction, [...services, ...own.services], blockSize);
  const search = await transaction.all(takeSearch, { batch: null });
  await foldSearch(transaction, [...search, ...own.search], blockSize);
  await foldFigures(transaction, null, own.figures);
  return true;
}

/**
 * Folds up to `batch` changes of each kind of task, and of the figures.
 * @returns the largest of these numbers; 0 if nothing is pending, or if another process is folding
 */
export async function foldPending(
  transaction: WriteTransaction,
  batch: number,
  blockSize: number,
): Promise<number> {
  if (!(await lockFold(transaction))) return 0;
  const services = await transaction.all(takeServices, { batch });
  await foldServices(transaction, services, blockSize);
  const search = await transaction.all(takeSearch, { batch });
  await foldSearch(transaction, search, blockSize);
  return Math.max(services.length, search.length, await foldFigures(transaction, batch));
}

const lockFold = async (transaction: WriteTransaction): Promise<boolean> =>
  (await transaction.first(tryLock, {}))?.isLocked === true;

/** Folds changes. The caller holds the lock of the fold. */
async function foldServices(
  transaction: WriteTransaction,
  taken: readonly ServicesChange[],
  blockSize: number,
): Promise<void> {
  if (taken.length === 0) return;
  const moved = taken.filter(({ change }) => change !== 0);
  const changes = moved.map((task) => ({
    group: groupOf(task),
    key: { position: task.task, tie: '' },
    by: task.change,
  }));
  await countInBlocks(transaction, changes, blockSize);
  await raise(
    transaction,
    countBy(
      taken,
      ({ chain }) => servicesScope(chain),
      () => 1,
    ),
  );
}

/** Folds changes. The caller holds the lock of the fold. */
async function foldSearch(
  transaction: WriteTransaction,
  taken: readonly SearchBlockChange[],
  blockSize: number,
): Promise<void> {
  if (taken.length === 0) return;
  const moved = taken.filter(({ change }) => change !== 0);
  const changes = moved.map(({ position, tie, change }) => ({
    group: HDP_GROUP,
    key: { position, tie },
    by: change,
  }));
  await countInBlocks(transaction, changes, blockSize);
  await countInSearchBlocks(transaction, moved, blockSize);
  const programs = countBy(
    moved,
    ({ programId }) => programId ?? 0,
    ({ change }) => change,
  );
  await transaction.run(countPrograms, { programs: [...programs.keys()], changes: [...programs.values()] });
  await raise(transaction, new Map([['hdp', taken.length]]));
}

const raise = (transaction: WriteTransaction, counts: ReadonlyMap<string, number>) =>
  transaction.run(raiseVersions, { scopes: [...counts.keys()], counts: [...counts.values()] });

function countBy<Row, Key>(
  rows: readonly Row[],
  keyOf: (row: Row) => Key,
  amountOf: (row: Row) => number,
): Map<Key, number> {
  const counts = new Map<Key, number>();
  for (const row of rows) counts.set(keyOf(row), (counts.get(keyOf(row)) ?? 0) + amountOf(row));
  return counts;
}
