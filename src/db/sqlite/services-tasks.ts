import { and, asc, eq, gt, type SQL, sql } from 'drizzle-orm';
import type { SQLiteColumn } from 'drizzle-orm/sqlite-core';
import type { ServicesStatus } from '../model/statuses.ts';
import type { Added, OnConflict, Page, Slice } from '../store.ts';
import { prepareAdd, writtenColumns } from './add.ts';
import type { BulkCounting } from './bulk.ts';
import { atOrAfter, inOrder, inReverse, prepareList } from './lists/pages.ts';
import {
  type NewServicesTask,
  type ServicesTaskRow,
  servicesFiles,
  servicesLeases,
  servicesLogs,
  servicesTasks,
} from './schema.ts';
import type { SqliteConnection } from './store.ts';

/** Filters of the Services list, ANDed; an absent one does not filter (contract A3). */
export interface ServicesTaskFilter {
  status?: ServicesStatus | undefined;
  action?: string | undefined;
  campaign?: number | undefined;
}

export interface ServicesTaskQueries {
  /** One page of a chain's tasks, `id` ascending, with the exact total of the filter. */
  list(chain: number, filter: ServicesTaskFilter, slice: Slice): Promise<Page<ServicesTaskRow>>;
  /** Adds a task, or does what `onConflict` says when its id is taken, in this chain or another. */
  add(task: NewServicesTask, onConflict: OnConflict): Promise<Added>;
  /** Returns the chain that a task belongs to; undefined when there is no such task. For operators only. */
  findChain(id: number): Promise<number | undefined>;
  /** Every task of every chain, `id` ascending, in batches. For operators only. */
  allChains(): AsyncIterable<ServicesTaskRow[]>;
  /** Every task of one chain, `id` ascending, in batches. */
  all(chain: number): AsyncIterable<ServicesTaskRow[]>;
  /** Whether there is no task at all, in any chain. */
  isEmpty(): Promise<boolean>;
}

const BATCH = 500;

/** Which lists a task is in, and where; but for the id all is JSON text, as the database spells it. */
interface Membership {
  id: number;
  chain: string;
  status: string;
  action: string;
  campaign: string;
}

const jsonOf = (column: SQLiteColumn, name: keyof Membership) => sql`json_quote(${column})`.as(name);
const membership = {
  id: servicesTasks.id,
  chain: jsonOf(servicesTasks.chain, 'chain'),
  status: jsonOf(servicesTasks.status, 'status'),
  action: jsonOf(servicesTasks.action, 'action'),
  campaign: jsonOf(servicesTasks.campaign, 'campaign'),
};

/** The names of the lists that a task is in, as the view `services_members` has them. */
function listsOf({ chain, status, action, campaign }: Membership): string[] {
  const lists: string[] = [];
  const actions = action === 'null' ? [action] : ['null', action];
  const campaigns = campaign === 'null' ? [campaign] : ['null', campaign];
  for (const byStatus of ['null', status]) {
    for (const byAction of actions) {
      for (const byCampaign of campaigns) {
        lists.push(`["services",${chain},${byStatus},${byAction},${byCampaign}]`);
      }
    }
  }
  return lists;
}

/** @param bulk where an import counts the rows that it adds, while it does */
export function createServicesTaskQueries(db: SqliteConnection, bulk: BulkCounting): ServicesTaskQueries {
  const lists = new Map<string, ReturnType<typeof prepareFiltered>>();
  const listFor = (filter: ServicesTaskFilter) => {
    const shape = [filter.status, filter.action, filter.campaign].map((value) => value !== undefined).join();
    const list = lists.get(shape) ?? prepareFiltered(db, filter);
    lists.set(shape, list);
    return list;
  };

  const { values, proposed } = writtenColumns(servicesTasks);
  const { id } = servicesTasks;
  const add = prepareAdd<NewServicesTask, Membership>(db, {
    insert: db.insert(servicesTasks).values(values).onConflictDoNothing({ target: id }).returning(membership),
    replace: db.insert(servicesTasks).values(values).onConflictDoUpdate({ target: id, set: proposed }),
    onInserted: (_, task) => {
      const kind = `${task.chain},${task.status},${task.action},${task.campaign}`;
      bulk.lists?.add(kind, { position: task.id, tie: '' }, () => listsOf(task));
    },
  });

  const chainById = db
    .select({ chain: servicesTasks.chain })
    .from(servicesTasks)
    .where(eq(id, sql.placeholder('id')))
    .prepare();
  const afterId = gt(servicesTasks.id, sql.placeholder('after'));
  const inChain = eq(servicesTasks.chain, sql.placeholder('chain'));
  const nextWhere = (condition: SQL | undefined) =>
    db.select().from(servicesTasks).where(condition).orderBy(asc(servicesTasks.id)).limit(BATCH).prepare();
  const nextOfAll = nextWhere(afterId);
  const nextOfChain = nextWhere(and(inChain, afterId));
  const any = db.select({ id: servicesTasks.id }).from(servicesTasks).limit(1).prepare();

  async function* batches(next: (after: number) => ServicesTaskRow[]) {
    for (let rows = next(Number.MIN_SAFE_INTEGER); rows.length > 0; ) {
      yield rows;
      rows = next(rows.at(-1)?.id ?? 0);
    }
  }

  // What the task did before is not what the one in its place did.
  const forgetRuns = (task: number) => {
    for (const made of [servicesLeases, servicesLogs, servicesFiles])
      db.delete(made).where(eq(made.task, task)).run();
  };

  return {
    async list(chain, filter, slice) {
      const list = listFor(filter);
      return db.transaction(() => list.ascending({ chain, ...filter }, slice));
    },
    async add(task, onConflict) {
      const added = add(task, onConflict);
      if (added === 'replaced' && task.id !== undefined) forgetRuns(task.id);
      return added;
    },
    async findChain(task) {
      return chainById.get({ id: task })?.chain;
    },
    allChains: () => batches((after) => nextOfAll.all({ after })),
    all: (chain) => batches((after) => nextOfChain.all({ chain, after })),
    async isEmpty() {
      return any.get() === undefined;
    },
  };
}

const ORDER = { position: servicesTasks.id };

function prepareFiltered(db: SqliteConnection, filter: ServicesTaskFilter) {
  // The driver binds every number as a real, which json_array would spell 1764.0.
  const integer = (name: string) => sql`CAST(${sql.placeholder(name)} AS INTEGER)`;
  const given = (value: unknown, named: SQL) => (value === undefined ? sql`NULL` : named);
  const listName = [
    integer('chain'),
    given(filter.status, sql`${sql.placeholder('status')}`),
    given(filter.action, sql`${sql.placeholder('action')}`),
    given(filter.campaign, integer('campaign')),
  ];
  const matching = and(
    eq(servicesTasks.chain, sql.placeholder('chain')),
    filter.status === undefined ? undefined : eq(servicesTasks.status, sql.placeholder('status')),
    filter.action === undefined ? undefined : eq(servicesTasks.action, sql.placeholder('action')),
    filter.campaign === undefined ? undefined : eq(servicesTasks.campaign, sql.placeholder('campaign')),
  );
  const rows = (condition: SQL | undefined, order: SQL[]) =>
    db
      .select()
      .from(servicesTasks)
      .where(condition)
      .orderBy(...order)
      .limit(sql.placeholder('limit'))
      .offset(sql.placeholder('offset'))
      .prepare();
  return prepareList(db, {
    list: sql`json_array('services', ${sql.join(listName, sql`, `)})`,
    ascending: rows(and(matching, atOrAfter(ORDER)), inOrder(ORDER)),
    descending: rows(matching, inReverse(ORDER)),
  });
}
