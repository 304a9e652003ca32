/**
 * Appends the changes of a transaction to the pending changes, before its commit. Writers only append, so they never wait
 * for each other. Counts are exact, because readers add the pending changes to what is folded (maintenance/fold.ts).
 * A transaction with many changes folds them itself, together with the pending changes, unless another one is folding.
 */
import type { ListChange, SearchChange } from '../model/changes.ts';
import { netCounters } from '../model/figures.ts';
import { chainOfScope, type Scope } from '../model/scopes.ts';
import { foldWithPending, type ServicesChange } from './maintenance/fold.ts';
import type { SearchBlockChange } from './search/search-blocks.ts';
import { useServicesTaskIds } from './services-task-ids.ts';
import { type ColumnArrays, columnArrays, type Statement, statement } from './statements.ts';
import type { WriteTransaction } from './transactions.ts';

const appendServices = statement<ColumnArrays>(
  'append-services-changes',
  `INSERT INTO pending_services_changes (chain, status, action, campaign, task, change)
   SELECT * FROM unnest(
     :chain::bigint[], :status::text[], :action::text[], :campaign::bigint[], :task::bigint[], :change::smallint[]
   )`,
);

const appendSearch = statement<ColumnArrays>(
  'append-search-changes',
  `INSERT INTO pending_search_changes (created_at, uuid, program_id, change)
   SELECT * FROM unnest(:position::bigint[], :tie::text[], :programId::bigint[], :change::smallint[])`,
);

const appendFigures = statement<ColumnArrays>(
  'append-figures',
  `INSERT INTO pending_hdp_figures (figure, position, value, amount)
   SELECT * FROM unnest(:figure::text[], :position::bigint[], :value::text[], :amount::bigint[])`,
);

const raiseVersion = statement<{ scope: Scope }>(
  'raise-scope-version',
  `INSERT INTO scope_versions (scope, version) VALUES (:scope, 1)
   ON CONFLICT (scope) DO UPDATE SET version = scope_versions.version + 1`,
);

/** The part of a full block from which a transaction folds its changes. Fewer changes are cheaper as pending ones. */
const BULK_SHARE = 1 / 2;

export interface DerivedDataOptions {
  /** The rows of a full list block. */
  blockSize: number;
  /** False to write no figures. */
  countsFigures: boolean;
}

/** Sends the statements that write the changes of a transaction. The commit waits for them. */
export async function writeChanges(
  transaction: WriteTransaction,
  { blockSize, countsFigures }: DerivedDataOptions,
): Promise<void> {
  const { lists, search, figures, scopes, highestServicesId } = transaction.changes.take();
  if (highestServicesId > 0) await useServicesTaskIds(transaction, highestServicesId);
  const services = servicesChanges(lists);
  const chains = new Set(services.map(({ chain }) => chain));
  for (const scope of scopes) {
    const chain = chainOfScope(scope);
    if (chain !== undefined && !chains.has(chain)) services.push(otherServicesChange(chain));
    if (scope === 'all' || scope === 'access') transaction.send(raiseVersion, { scope });
  }
  const found = searchChanges(search, scopes.has('hdp'));
  const counters = countsFigures ? netCounters(figures) : [];
  const own = { services, search: found, figures: counters };
  const isBulk = services.length + found.length >= blockSize * BULK_SHARE;
  if (isBulk && (await foldWithPending(transaction, own, blockSize))) return;
  append(transaction, appendServices, services);
  append(transaction, appendSearch, found);
  append(transaction, appendFigures, counters);
}

function servicesChanges(lists: readonly ListChange[]): ServicesChange[] {
  return lists.flatMap(({ group: { fields }, change: { key, by } }) =>
    fields ? [{ ...fields, task: key.position, change: by }] : [],
  );
}

/** A change of a chain's data that moves no task between lists; it changes the version of the scope. */
const otherServicesChange = (chain: number): ServicesChange => ({
  ...{ chain, status: 'READY', action: null, campaign: null },
  ...{ task: 0, change: 0 },
});

function searchChanges(search: readonly SearchChange[], isChanged: boolean): SearchBlockChange[] {
  const changes = search.map(({ position, tie, programId, change }) => ({
    position,
    tie,
    programId,
    change,
  }));
  if (isChanged && changes.length === 0) return [{ position: 0, tie: '', programId: null, change: 0 }];
  return changes;
}

/** Sends a statement that takes each column of the rows as an array, unless there are no rows. */
function append<Row extends object>(
  transaction: WriteTransaction,
  insertion: Statement<ColumnArrays, unknown>,
  rows: readonly Row[],
): void {
  const [first] = rows;
  if (first) transaction.send(insertion, columnArrays(Object.keys(first), rows));
}
