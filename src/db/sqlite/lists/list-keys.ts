import type Database from 'better-sqlite3';
import { HDP_LIST, parseServicesListName, type ServicesListFields } from '../../model/lists.ts';
import type { SortKey } from '../../model/sort-key.ts';
import { servicesTasks } from '../schema.ts';

/** The columns by which Services tasks are listed. */
export const SERVICES_LIST_COLUMNS = {
  chain: servicesTasks.chain,
  status: servicesTasks.status,
  action: servicesTasks.action,
  campaign: servicesTasks.campaign,
} satisfies Record<keyof ServicesListFields, unknown>;

/** Reads the sort keys of a list's rows from the table of tasks. */
export interface ListKeys {
  /** Returns the key of the row that is `count` rows after the row with the key `from`. */
  after(list: string, from: SortKey, count: number): SortKey | undefined;
}

export function prepareListKeys(sqlite: Database.Database): ListKeys {
  const hdp = sqlite.prepare<[number, string, number], SortKey>(
    `SELECT created_at AS position, uuid AS tie FROM hdp_tasks WHERE (created_at, uuid) >= (?, ?)
     ORDER BY created_at, uuid LIMIT 1 OFFSET ?`,
  );
  const services = new Map<string, Database.Statement<[Record<string, unknown>], SortKey>>();

  function servicesStatement(fields: readonly string[]) {
    const columns = Object.entries(SERVICES_LIST_COLUMNS).filter(([field]) => fields.includes(field));
    const conditions = columns.map(([field, { name }]) => ` AND ${name} = :${field}`).join('');
    const known = services.get(conditions);
    if (known) return known;
    const statement = sqlite.prepare<[Record<string, unknown>], SortKey>(
      `SELECT id AS position, '' AS tie FROM services_tasks WHERE chain = :chain${conditions} AND id >= :from
       ORDER BY id LIMIT 1 OFFSET :count`,
    );
    services.set(conditions, statement);
    return statement;
  }

  return {
    after(list, from, count) {
      if (list === HDP_LIST) return hdp.get(from.position, from.tie, count);
      const parsed = parseServicesListName(list);
      if (!parsed) throw new Error(`There is no list ${list}.`);
      const filter = Object.entries(parsed.filter).filter(([, value]) => value !== undefined);
      return servicesStatement(filter.map(([field]) => field)).get({
        ...Object.fromEntries(filter),
        chain: parsed.chain,
        from: from.position,
        count,
      });
    },
  };
}
