/** Counts list totals in the plain database, so that no compared server gets a request before the measurement. */

import { readNumber } from '../database.ts';
import { withReader } from '../databases.ts';
import type { Dataset } from '../dataset.ts';
import { CHAIN } from '../generate.ts';
import type { Api } from '../requests.ts';
import { fold } from '../tasks.ts';

export interface Filter {
  /** HDP only. Letters that no uuid contains. */
  search?: string;
  /** Services only. */
  status?: string;
  /** Services only. */
  action?: string;
}

/** Counts the tasks of a list: HDP tasks, or Services tasks of the large chain. */
export function countTasks(
  { plain }: Dataset,
  api: Api,
  { search, status, action }: Filter = {},
): Promise<number> {
  const [table, conditions] =
    api === 'hdp'
      ? ['hdp_tasks', { 'folded_program_name LIKE ?': search && `%${fold(search)}%` }]
      : ['services_tasks', { 'chain = ?': CHAIN, 'status = ?': status, 'action = ?': action }];
  const used = Object.entries(conditions).filter(([, value]) => value !== undefined);
  const where = used.map(([condition]) => `AND ${condition}`).join(' ');
  const sql = `SELECT count(*) FROM ${table} WHERE true ${where}`;
  return withReader(plain, (reader) =>
    readNumber(
      reader,
      sql,
      used.map(([, value]) => value),
    ),
  );
}
