import { and, desc, eq, lt, max, ne, sql } from 'drizzle-orm';
import type { Slice } from '../store.ts';
import { isLiveLease, type LeaseTimes } from './expired-leases.ts';
import { type IdempotentRequest, type OnceResult, prepareOnce } from './idempotency.ts';
import {
  type NewServicesTask,
  type ServicesLogEntry,
  type ServicesTaskRow,
  servicesFiles,
  servicesLeases,
  servicesLogs,
  servicesTasks,
} from './schema.ts';
import type { SqliteConnection } from './store.ts';
import type { Write } from './write.ts';

/** What a new task brings. `trigger` and `target` are JSON texts of objects; `dueAt` is the time of `trigger.once`. */
export type NewTask = Pick<
  NewServicesTask,
  'description' | 'trigger' | 'target' | 'debug' | 'dueAt' | 'seriesStart'
>;

export interface ServicesLifeQueries {
  /** Makes a task of a chain, READY, with an id of the database's; once for an idempotent request. @param now Unix seconds */
  create(
    chain: number,
    task: NewTask,
    now: number,
    request?: IdempotentRequest<ServicesTaskRow>,
  ): Promise<OnceResult<ServicesTaskRow>>;
  /** Removes a task of any chain with its log, unless a run holds it. @param times those of a lease claimed now */
  remove(id: number, times: LeaseTimes): Promise<'removed' | 'missing' | 'running'>;
  /** A task of a chain; one of another chain is as good as none. */
  find(chain: number, id: number): Promise<ServicesTaskRow | undefined>;
  /** A stretch of a task's log, newest first. */
  logs(chain: number, id: number, slice: Slice): Promise<ServicesLogEntry[]>;
  /** The finished file of a task of any chain: for download URLs, which carry no credentials. */
  findFile(id: number): Promise<StoredFile | undefined>;
}

/** The finished file of a task's last run. */
export interface StoredFile {
  /** The chain of the task. */
  chain: number;
  /** Relative to the folder of exports; no other run has the same. */
  path: string;
}

/** Ids of tasks that are made here lie below this; imports may bring any up to 2^53 - 1, after which none would be left. */
const ID_LIMIT = 2 ** 52;

/** Adds a READY task, in the transaction that the caller holds. */
export function addReadyTask(db: SqliteConnection, chain: number, task: NewTask, now: number) {
  const last = db
    .select({ id: max(servicesTasks.id) })
    .from(servicesTasks)
    .where(lt(servicesTasks.id, ID_LIMIT));
  return db
    .insert(servicesTasks)
    .values({
      ...task,
      id: (last.get()?.id ?? 0) + 1,
      chain,
      status: 'READY',
      version: 0,
      lastRunAt: null,
      result: null,
      createdAt: now,
      modifiedAt: now,
    })
    .returning()
    .get();
}

export function createServicesLifeQueries(db: SqliteConnection, write: Write): ServicesLifeQueries {
  const once = prepareOnce(db);
  const isAsked = and(
    eq(servicesTasks.id, sql.placeholder('id')),
    eq(servicesTasks.chain, sql.placeholder('chain')),
  );
  const one = db.select().from(servicesTasks).where(isAsked).prepare();
  const entries = db
    .select({
      id: servicesLogs.id,
      task: servicesLogs.task,
      time: servicesLogs.time,
      level: servicesLogs.level,
      message: servicesLogs.message,
    })
    .from(servicesLogs)
    .innerJoin(servicesTasks, eq(servicesTasks.id, servicesLogs.task))
    .where(isAsked)
    .orderBy(desc(servicesLogs.id))
    .limit(sql.placeholder('limit'))
    .offset(sql.placeholder('offset'))
    .prepare();
  const leased = db
    .select({ status: servicesTasks.status, lease: servicesLeases })
    .from(servicesTasks)
    .leftJoin(servicesLeases, eq(servicesLeases.task, servicesTasks.id))
    .where(eq(servicesTasks.id, sql.placeholder('id')))
    .prepare();
  const file = db
    .select({ path: servicesFiles.path, chain: servicesTasks.chain })
    .from(servicesFiles)
    .innerJoin(servicesTasks, eq(servicesTasks.id, servicesFiles.task))
    .where(
      and(
        eq(servicesFiles.task, sql.placeholder('id')),
        // A READY task has not run: a file under its id was left by a task that somebody deleted past the foreign keys.
        ne(servicesTasks.status, 'READY'),
      ),
    )
    .prepare();
  return {
    create: (chain, task, now, request) =>
      write(() => once(request, () => addReadyTask(db, chain, task, now))),
    remove: (id, times) =>
      write(() => {
        const found = leased.get({ id });
        if (!found) return 'missing';
        if (found.status === 'INPROGRESS' && isLiveLease(found.lease, times)) return 'running';
        db.delete(servicesTasks).where(eq(servicesTasks.id, id)).run();
        return 'removed';
      }),
    async find(chain, id) {
      return one.get({ chain, id });
    },
    async logs(chain, id, slice) {
      return entries.all({ chain, id, ...slice });
    },
    async findFile(id) {
      const found = file.get({ id });
      // A file that another chain's run wrote is not the task's, whoever changed the chain.
      return found?.path.startsWith(`${found.chain}/`) ? found : undefined;
    },
  };
}
