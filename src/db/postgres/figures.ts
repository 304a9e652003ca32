/** Reads and writes the figures: counters of HDP tasks, and sizes of the lists of a chain. Both add pending changes. */
import { COUNTED_FIGURES, differingFigures } from '../counted-figures.ts';
import { INTERVAL_MICROS, type Interval } from '../model/figure-intervals.ts';
import { MAX_ACTIONS, toHdpFigures, toServicesFigures } from '../model/figure-results.ts';
import { type Counter, sumCounters } from '../model/figures.ts';
import { actionListPrefix, parseServicesListName, servicesListName } from '../model/lists.ts';
import { servicesScope } from '../model/scopes.ts';
import { SERVICES_STATUSES } from '../model/statuses.ts';
import type { FigureQueries, ServicesFigures } from '../queries/figures.ts';
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

interface ServicesRow {
  /** A status or an action can have two rows: the size of its list, and the sum of its pending changes. */
  kind: 'status' | 'action' | 'pending status' | 'pending action';
  /** The name of the list; a status or an action if it is pending. */
  name: string;
  tasks: number;
}

/**
 * The name of the list of the action to which `found.list` belongs (`servicesListName`): the last member, a campaign, becomes
 * null. The operators for JSON refuse an action with the character NUL.
 */
const LIST_OF_ACTION = `(regexp_replace(found.list, ',[^,]*$', '') || ',null]') COLLATE "C"`;

/**
 * One statement reads one snapshot. It seeks from action to action, because the lists of an action's campaigns come before
 * its own. A pending change can remove the last task of an action, so it reads as many more actions.
 */
const servicesFigures = statement<
  { chain: number; prefix: string; end: string; statusLists: readonly string[] },
  ServicesRow
>(
  'services-figures',
  `WITH RECURSIVE pending AS MATERIALIZED (
     SELECT status, action, change FROM pending_services_changes WHERE chain = :chain AND change <> 0
   ),
   found AS (
     (SELECT list, 1 AS number FROM list_blocks WHERE list > :prefix AND list < :end ORDER BY list LIMIT 1)
     UNION ALL
     SELECT next.list, number + 1 FROM found, LATERAL (
       SELECT list FROM list_blocks WHERE list > ${LIST_OF_ACTION} AND list < :end ORDER BY list LIMIT 1
     ) AS next
     WHERE number < ${MAX_ACTIONS} + (SELECT count(DISTINCT action) FROM pending)
   )
   SELECT 'status' AS kind, list AS name, sum(size)::bigint AS tasks FROM list_blocks
     WHERE list = ANY (:statusLists) GROUP BY list
   UNION ALL
   SELECT 'action', action.list, (SELECT sum(size) FROM list_blocks WHERE list = action.list)::bigint
     FROM found, LATERAL (SELECT ${LIST_OF_ACTION} AS list) AS action
   UNION ALL
   SELECT 'pending status', status, sum(change)::bigint FROM pending GROUP BY status
   UNION ALL
   SELECT 'pending action', action, sum(change)::bigint FROM pending WHERE action IS NOT NULL GROUP BY action`,
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
    services(chain) {
      const prefix = actionListPrefix(chain);
      const statusLists = SERVICES_STATUSES.map((status) => servicesListName(chain, { status }));
      // The character after the quotation mark.
      const values = { chain, prefix, end: `${prefix.slice(0, -1)}#`, statusLists };
      return readList([servicesScope(chain)], async ({ connection }) =>
        sumServices(await connection.all(servicesFigures, values)),
      );
    },
  };
}

function sumServices(rows: readonly ServicesRow[]): ServicesFigures {
  const sums = { status: new Map<string, number>(), action: new Map<string, number>() };
  const add = (kind: keyof typeof sums, name: string, tasks: number) =>
    sums[kind].set(name, (sums[kind].get(name) ?? 0) + tasks);
  for (const { kind, name, tasks } of rows) {
    if (kind === 'pending status') add('status', name, tasks);
    else if (kind === 'pending action') add('action', name, tasks);
    else add(kind, parseServicesListName(name)?.filter[kind] ?? '', tasks);
  }
  return toServicesFigures(sums.status, sums.action);
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
