/** Reads and writes the figures: counters of HDP tasks, and sizes of the lists of a chain. Both add pending changes. */
import { COUNTED_FIGURES, differingFigures } from '../counted-figures.ts';
import { INTERVAL_MICROS, type Interval } from '../model/figure-intervals.ts';
import { MAX_ACTIONS, toHdpFigures, toServicesFigures } from '../model/figure-results.ts';
import { type Counter, sumCounters } from '../model/figures.ts';
import { actionListPrefix, servicesListName } from '../model/lists.ts';
import { servicesScope } from '../model/scopes.ts';
import { SERVICES_STATUSES, type ServicesStatus } from '../model/statuses.ts';
import type { FigureQueries } from '../queries/figures.ts';
import type { Difference } from '../store.ts';
import type { Connection } from './connection.ts';
import type { ReadList } from './list-reader.ts';
import { type ColumnArrays, columnArrays, statement } from './statements.ts';
import type { WriteTransaction } from './transactions.ts';

const COLUMNS = 'figure, position, value, amount';

/** The counters, and the pending changes of them. */
const stored = (condition: string) =>
  ['hdp_figures', 'pending_hdp_figures']
    .map((table) => `SELECT ${COLUMNS} FROM ${table} WHERE ${condition}`)
    .join(' UNION ALL ');

const counters = statement<{ interval: Interval; start: number; end: number }, Counter>(
  'hdp-figures',
  `SELECT figure, position, value, sum(amount)::bigint AS amount FROM (
     ${stored(`figure IN ('status', 'passes', 'pass_micros')`)}
     UNION ALL ${stored('figure = :interval AND position BETWEEN :start AND :end')}
   ) AS counters GROUP BY figure, position, value`,
);

const listSizes = statement<{ lists: readonly string[] }, { list: string; size: number }>(
  'sizes-of-lists',
  'SELECT list, sum(size)::bigint AS size FROM list_blocks WHERE list = ANY (:lists) GROUP BY list',
);

/** Seeks from action to action, because the lists of an action's campaigns come before its own. */
const actions = statement<
  { prefix: string; end: string; chain: number; limit: number },
  { action: string; size: number }
>(
  'sizes-by-action',
  `WITH RECURSIVE found AS (
     (SELECT list, 1 AS number FROM list_blocks WHERE list > :prefix AND list < :end ORDER BY list LIMIT 1)
     UNION ALL
     SELECT next.list, number + 1 FROM found, LATERAL (
       SELECT list FROM list_blocks
       WHERE list > ('["services",' || :chain::bigint || ',null,' || (found.list::json -> 3)::text || ',null]') COLLATE "C"
         AND list < :end
       ORDER BY list LIMIT 1
     ) AS next
     WHERE number < :limit
   )
   SELECT (found.list::json -> 3)::text AS action, coalesce((
     SELECT sum(size) FROM list_blocks
     WHERE list = ('["services",' || :chain::bigint || ',null,' || (found.list::json -> 3)::text || ',null]') COLLATE "C"
   ), 0)::bigint AS size FROM found`,
);

interface PendingTasks {
  status: ServicesStatus;
  action: string | null;
  change: number;
}

const pendingTasks = statement<{ chain: number }, PendingTasks>(
  'pending-tasks-of-chain',
  `SELECT status, action, sum(change)::bigint AS change FROM pending_services_changes
   WHERE chain = :chain AND change <> 0 GROUP BY status, action`,
);

export function createFigureQueries(readList: ReadList): FigureQueries {
  return {
    hdp(series) {
      const { interval, start, count } = series;
      const end = start + (count - 1) * INTERVAL_MICROS[interval];
      return readList(['hdp'], async ({ connection }) =>
        toHdpFigures(await connection.all(counters, { interval, start, end }), series),
      );
    },
    services: (chain) =>
      readList([servicesScope(chain)], ({ read }) => read((snapshot) => readServices(snapshot, chain))),
  };
}

async function readServices(connection: Connection, chain: number) {
  const pending = await connection.all(pendingTasks, { chain });
  const byName = new Map(SERVICES_STATUSES.map((status) => [servicesListName(chain, { status }), status]));
  const statuses = new Map<ServicesStatus, number>();
  for (const { list, size } of await connection.all(listSizes, { lists: [...byName.keys()] })) {
    const status = byName.get(list);
    if (status) statuses.set(status, size);
  }
  const sizes = new Map<string, number>();
  const prefix = actionListPrefix(chain);
  // A pending change can remove the last task of an action.
  const limit = MAX_ACTIONS + pending.length;
  const found = await connection.all(actions, { prefix, end: `${prefix.slice(0, -1)}#`, chain, limit });
  for (const { action, size } of found) sizes.set(JSON.parse(action), size);
  for (const { status, action, change } of pending) {
    statuses.set(status, (statuses.get(status) ?? 0) + change);
    if (action !== null) sizes.set(action, (sizes.get(action) ?? 0) + change);
  }
  return toServicesFigures(statuses, sizes);
}

const take = statement<{ batch: number | null }, Counter>(
  'take-figures',
  `DELETE FROM pending_hdp_figures
   WHERE id <= (SELECT max(id) FROM (SELECT id FROM pending_hdp_figures ORDER BY id LIMIT :batch::bigint) AS oldest)
   RETURNING ${COLUMNS}`,
);

const add = statement<ColumnArrays>(
  'add-figures',
  `INSERT INTO hdp_figures (${COLUMNS})
   SELECT * FROM unnest(:figure::text[], :position::bigint[], :value::text[], :amount::bigint[])
   ON CONFLICT (figure, position, value) DO UPDATE SET amount = hdp_figures.amount + excluded.amount`,
);

/**
 * Folds up to `batch` pending changes, and changes that the transaction has not appended. The caller holds the lock of the
 * fold.
 * @param batch null for all @returns the number of pending changes
 */
export async function foldFigures(
  transaction: WriteTransaction,
  batch: number | null,
  own: readonly Counter[] = [],
): Promise<number> {
  const taken = await transaction.all(take, { batch });
  const sums = sumCounters([...taken, ...own]);
  if (sums.length > 0) await transaction.run(add, columnArrays(COLUMNS.split(', '), sums));
  return taken.length;
}

const missing = statement<object, object>(
  'are-figures-missing',
  `SELECT FROM hdp_figures WHERE figure = 'unbuilt'`,
);

/** True for a database from before the figures that had tasks. Its migration has added a counter that marks it. */
export const areFiguresMissing = async (connection: Connection): Promise<boolean> =>
  (await connection.first(missing, {})) !== undefined;

/** Rebuilds the counters. The caller holds the lock of the fold, and no other transaction writes HDP tasks. */
export const rebuildFigures = (transaction: WriteTransaction): Promise<unknown> =>
  transaction.exec(`
    DELETE FROM pending_hdp_figures;
    DELETE FROM hdp_figures;
    INSERT INTO hdp_figures (${COLUMNS}) ${COUNTED_FIGURES}`);

const differences = statement<object, Difference>('verify-figures', differingFigures(stored('true')));

/** Compares the counters, with the pending changes, with the tasks and their transitions. */
export const verifyFigures = (connection: Connection): Promise<Difference[]> =>
  connection.all(differences, {});
