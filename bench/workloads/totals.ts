/** Counts list totals in the plain database, so that no compared server gets a request before the measurement. */

import type { Dataset } from '../dataset.ts';
import { CHAIN } from '../generate.ts';
import { openDatabase } from '../reference-tables.ts';
import type { Api } from '../requests.ts';
import { fold } from '../tasks.ts';

export interface Filter {
  /** HDP only. A text that no uuid contains. */
  search?: string;
  /** Services only. */
  status?: string;
  /** Services only. */
  action?: string;
}

/** Counts the tasks of a list: HDP tasks, or Services tasks of the large chain. */
export function countTasks({ plain }: Dataset, api: Api, { search, status, action }: Filter = {}): number {
  const [table, conditions] =
    api === 'hdp'
      ? ['hdp_tasks', { 'instr(folded_program_name, ?) > 0': search && fold(search) }]
      : ['services_tasks', { 'chain = ?': CHAIN, 'status = ?': status, 'action = ?': action }];
  const used = Object.entries(conditions).filter(([, value]) => value !== undefined);
  const where = used.map(([condition]) => `AND ${condition}`).join(' ');
  const db = openDatabase(plain, { readonly: true });
  const total = db
    .prepare<unknown[], number>(`SELECT count(*) FROM ${table} WHERE true ${where}`)
    .pluck()
    .get(...used.map(([, value]) => value));
  db.close();
  return total ?? 0;
}
