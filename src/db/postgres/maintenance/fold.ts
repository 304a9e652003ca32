/**
 * Folds pending changes into the derived data, in batches. One process folds at a time; writers do not wait for it, because
 * they only append. A reader sees each change either as pending or as folded.
 */
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

const take = (table: string, columns: string) =>
  `DELETE FROM ${table} WHERE id IN (SELECT id FROM ${table} ORDER BY id LIMIT :batch) RETURNING ${columns}`;

const takeServices = statement<{ batch: number }, ServicesChange>(
  'take-services-changes',
  take('pending_services_changes', 'chain, status, action, campaign, task, change'),
);

const takeSearch = statement<{ batch: number }, SearchBlockChange>(
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

/**
 * Folds up to `batch` changes of each kind of task, and of the figures.
 * @returns the largest of these numbers; 0 if nothing is pending, or if another process is folding
 */
export async function foldPending(
  transaction: WriteTransaction,
  batch: number,
  blockSize: number,
): Promise<number> {
  const lock = await transaction.first(tryLock, {});
  if (!lock?.isLocked) return 0;
  const services = await transaction.all(takeServices, { batch });
  await foldServices(transaction, services, blockSize);
  const search = await transaction.all(takeSearch, { batch });
  await foldSearch(transaction, search, blockSize);
  return Math.max(services.length, search.length, await foldFigures(transaction, batch));
}

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
