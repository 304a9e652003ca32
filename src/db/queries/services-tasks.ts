import { and, asc, count, eq, gt, type SQL, sql } from 'drizzle-orm';
import { type NewServicesTask, type ServicesStatus, type ServicesTaskRow, servicesTasks } from '../schema.ts';
import type { SqliteConnection } from '../sqlite.ts';
import type { Added, OnConflict, Page, Slice } from '../store.ts';
import { addRow, writtenColumns } from './add.ts';

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
  /** Every task of every chain, `id` ascending, in batches. For operators only. */
  allChains(): AsyncIterable<ServicesTaskRow[]>;
  /** Every task of one chain, `id` ascending, in batches. */
  all(chain: number): AsyncIterable<ServicesTaskRow[]>;
  /** Whether there is no task at all, in any chain. */
  isEmpty(): Promise<boolean>;
}

const BATCH = 500;

export function createServicesTaskQueries(db: SqliteConnection): ServicesTaskQueries {
  const lists = new Map<string, ReturnType<typeof prepareList>>();
  const listFor = (filter: ServicesTaskFilter) => {
    const shape = [filter.status, filter.action, filter.campaign].map((value) => value !== undefined).join();
    const list = lists.get(shape) ?? prepareList(db, filter);
    lists.set(shape, list);
    return list;
  };

  const { values, proposed } = writtenColumns(servicesTasks);
  const insert = db
    .insert(servicesTasks)
    .values(values)
    .onConflictDoNothing({ target: servicesTasks.id })
    .prepare();
  const replace = db
    .insert(servicesTasks)
    .values(values)
    .onConflictDoUpdate({ target: servicesTasks.id, set: proposed })
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

  return {
    async list(chain, filter, slice) {
      const { rows, total } = listFor(filter);
      const parameters = { chain, ...filter, ...slice };
      return db.transaction(() => ({ rows: rows.all(parameters), total: total.get(parameters)?.total ?? 0 }));
    },
    async add(task, onConflict) {
      return addRow(insert, replace, task, onConflict);
    },
    allChains: () => batches((after) => nextOfAll.all({ after })),
    all: (chain) => batches((after) => nextOfChain.all({ chain, after })),
    async isEmpty() {
      return any.get() === undefined;
    },
  };
}

function prepareList(db: SqliteConnection, filter: ServicesTaskFilter) {
  const matching = and(
    eq(servicesTasks.chain, sql.placeholder('chain')),
    filter.status === undefined ? undefined : eq(servicesTasks.status, sql.placeholder('status')),
    filter.action === undefined ? undefined : eq(servicesTasks.action, sql.placeholder('action')),
    filter.campaign === undefined ? undefined : eq(servicesTasks.campaign, sql.placeholder('campaign')),
  );
  return {
    rows: db
      .select()
      .from(servicesTasks)
      .where(matching)
      .orderBy(asc(servicesTasks.id))
      .limit(sql.placeholder('limit'))
      .offset(sql.placeholder('offset'))
      .prepare(),
    total: db.select({ total: count() }).from(servicesTasks).where(matching).prepare(),
  };
}
