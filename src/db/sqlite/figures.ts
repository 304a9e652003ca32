/** Reads and writes the figures: counters of HDP tasks, and sizes of the lists of a chain. */
import type Database from 'better-sqlite3';
import { COUNTED_FIGURES, differingFigures } from '../counted-figures.ts';
import { INTERVAL_MICROS, type Interval } from '../model/figure-intervals.ts';
import { MAX_ACTIONS, toHdpFigures, toServicesFigures } from '../model/figure-results.ts';
import type { Counter } from '../model/figures.ts';
import { actionListPrefix, parseServicesListName, servicesListName } from '../model/lists.ts';
import { SERVICES_STATUSES } from '../model/statuses.ts';
import type { FigureQueries } from '../queries/figures.ts';
import type { Difference } from '../store.ts';
import { prepareRead } from './read-transaction.ts';

const COLUMNS = 'figure, position, value, amount';

export function createFigureQueries(sqlite: Database.Database): FigureQueries {
  const read = prepareRead(sqlite);
  const counters = sqlite.prepare<[Interval, number, number], Counter>(
    `SELECT ${COLUMNS} FROM hdp_figures WHERE figure IN ('status', 'passes', 'pass_micros')
     UNION ALL SELECT ${COLUMNS} FROM hdp_figures WHERE figure = ? AND position BETWEEN ? AND ?`,
  );
  const size = sqlite
    .prepare<[string], number>('SELECT coalesce(sum(size), 0) FROM list_blocks WHERE list = ?')
    .pluck();
  const nextList = sqlite
    .prepare<[string], string>('SELECT list FROM list_blocks WHERE list > ? ORDER BY list LIMIT 1')
    .pluck();

  /** Returns the sizes of the lists of the first actions. It seeks from action to action. */
  function sizesByAction(chain: number): Map<string, number> {
    const prefix = actionListPrefix(chain);
    const sizes = new Map<string, number>();
    let next = nextList.get(prefix);
    while (next?.startsWith(prefix) && sizes.size < MAX_ACTIONS) {
      const action = parseServicesListName(next)?.filter.action ?? '';
      const list = servicesListName(chain, { action });
      sizes.set(action, size.get(list) ?? 0);
      // The lists of the action's campaigns come before its own.
      next = nextList.get(list);
    }
    return sizes;
  }

  return {
    async hdp(series) {
      const { interval, start, count } = series;
      const end = start + (count - 1) * INTERVAL_MICROS[interval];
      return toHdpFigures(counters.all(interval, start, end), series);
    },
    async services(chain) {
      return read(() => {
        const sizes = SERVICES_STATUSES.map(
          (status) => [status, size.get(servicesListName(chain, { status })) ?? 0] as const,
        );
        return toServicesFigures(new Map(sizes), sizesByAction(chain));
      });
    },
  };
}

/** Prepares a function that adds the changes of a transaction to the counters. */
export function prepareFigureWriter(sqlite: Database.Database): (changes: readonly Counter[]) => void {
  const add = sqlite.prepare<[string, number, string, number]>(
    `INSERT INTO hdp_figures (${COLUMNS}) VALUES (?, CAST(? AS INTEGER), ?, CAST(? AS INTEGER))
     ON CONFLICT (figure, position, value) DO UPDATE SET amount = amount + excluded.amount`,
  );
  return (changes) => {
    for (const { figure, position, value, amount } of changes) add.run(figure, position, value, amount);
  };
}

/** Rebuilds the counters, in the caller's write transaction. */
export function rebuildFigures(sqlite: Database.Database): void {
  sqlite.exec(`DELETE FROM hdp_figures; INSERT INTO hdp_figures (${COLUMNS}) ${COUNTED_FIGURES}`);
}

/** Compares the counters with the tasks and their transitions. */
export const verifyFigures = (sqlite: Database.Database): Difference[] =>
  sqlite.prepare<[], Difference>(differingFigures(`SELECT ${COLUMNS} FROM hdp_figures`)).all();
