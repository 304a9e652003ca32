/** Checks that responses are current while another process writes. */
import { isDeepStrictEqual } from 'node:util';
import { Connection, timed } from '../client.ts';
import type { Bench, Server } from '../contestants.ts';
import { CHAIN } from '../generate.ts';
import { tasksIn, totalIn } from '../lists.ts';
import { openDatabase } from '../reference-tables.ts';
import { type Api, polled } from '../requests.ts';
import {
  type HdpRow,
  type HdpTask,
  hdpTask,
  parseMicros,
  type ServicesRow,
  type ServicesTask,
  servicesTask,
} from '../tasks.ts';

export interface Freshness {
  checked: number;
  /** Of those, how many came while nothing changed. */
  exact: number;
  /** What was wrong with the others. */
  wrong: string[];
}

/** What the list should be, and how many tasks. */
interface Truth {
  tasks: Task[];
  total: number;
}

type Task = HdpTask | ServicesTask;

// Seldom enough to take little from the polls.
const PAUSE_MS = 20;

/** Asks now and then until `over` resolves, and adds what it saw to `freshness`. */
export async function checkFreshness(
  { dataset }: Bench,
  { port }: Server,
  api: Api,
  database: string,
  over: Promise<unknown>,
  freshness: Freshness,
): Promise<void> {
  let isOver = false;
  over.then(() => {
    isOver = true;
  });
  const db = openDatabase(database, { readonly: true });
  const truth = api === 'hdp' ? hdpTruth(db) : servicesTruth(db);
  const connection = await Connection.open(port);
  const request = polled(api, dataset);
  while (!isOver) {
    const before = truth();
    const { response } = await timed(connection, request);
    const after = truth();
    freshness.checked += 1;
    const unchanged = isDeepStrictEqual(before, after);
    if (unchanged) freshness.exact += 1;
    const said: Truth = { tasks: tasksIn<Task>(response), total: totalIn(response) };
    const isTrue = unchanged ? isDeepStrictEqual(said, before) : liesBetween(said, before, after);
    if (!isTrue) freshness.wrong.push(`${request.path}: ${difference(said, before, after)}`);
    await new Promise((resolve) => setTimeout(resolve, PAUSE_MS));
  }
  connection.close();
  db.close();
}

/**
 * Returns whether a response can have been true at a moment between two others. Nothing is deleted meanwhile, so a page has
 * the first tasks of `before` in their order and, between them, at most as many new ones as the total has grown by.
 */
function liesBetween(said: Truth, before: Truth, after: Truth): boolean {
  if (said.total < before.total || said.total > after.total) return false;
  if (said.tasks.length !== after.tasks.length || !isInOrder(said.tasks)) return false;
  if (said.total === before.total && !hasSameTasks(said, before)) return false;
  if (said.total === after.total && !hasSameTasks(said, after)) return false;
  const ids = new Set(before.tasks.map(idOf));
  const later = new Map(after.tasks.map((task) => [idOf(task), task]));
  const known = said.tasks.filter((task) => ids.has(idOf(task)));
  if (said.tasks.length - known.length > said.total - before.total) return false;
  return known.every((task, index) => {
    const earlier = before.tasks[index];
    if (earlier === undefined || idOf(earlier) !== idOf(task)) return false;
    return isDeepStrictEqual(task, earlier) || !isDeepStrictEqual(earlier, later.get(idOf(task)));
  });
}

const hasSameTasks = (one: Truth, other: Truth) =>
  isDeepStrictEqual(one.tasks.map(idOf), other.tasks.map(idOf));

const isInOrder = (tasks: readonly Task[]) =>
  tasks.every((task, index) => {
    const previous = tasks[index - 1];
    return previous === undefined || precedes(previous, task);
  });

function precedes(one: Task, other: Task): boolean {
  if (!('uuid' in one) || !('uuid' in other)) return idOf(one) < idOf(other);
  const [earlier, later] = [parseMicros(other.createdAt), parseMicros(one.createdAt)];
  return later > earlier || (later === earlier && one.uuid > other.uuid);
}

const idOf = (task: Task) => ('uuid' in task ? task.uuid : task.id);

function difference(said: Truth, before: Truth, after: Truth): string {
  const totals = `said ${said.total} tasks, there were ${before.total} to ${after.total}`;
  const index = said.tasks.findIndex((task, at) => !isDeepStrictEqual(task, before.tasks[at]));
  const [was, now] = [before.tasks[index], said.tasks[index]];
  if (!was || !now) return totals;
  if (idOf(was) !== idOf(now)) return `${totals}; task ${index + 1} was ${idOf(was)}, said ${idOf(now)}`;
  const changed = Object.entries(now).filter(
    ([name, value]) => !isDeepStrictEqual(value, Reflect.get(was, name)),
  );
  return `${totals}; of task ${idOf(was)} it said ${JSON.stringify(Object.fromEntries(changed))}`;
}

type Db = ReturnType<typeof openDatabase>;

function hdpTruth(db: Db): () => Truth {
  const page = db.prepare<[], HdpRow>('SELECT * FROM hdp_tasks ORDER BY created_at DESC, uuid DESC LIMIT 10');
  const totals = totalReader(db, 'FROM hdp_tasks WHERE true');
  return snapshot(db, () => ({ tasks: page.all().map(hdpTask), total: totals() }));
}

function servicesTruth(db: Db): () => Truth {
  const page = db.prepare<[], ServicesRow>(
    `SELECT * FROM services_tasks WHERE chain = ${CHAIN} ORDER BY id LIMIT 100`,
  );
  const totals = totalReader(db, `FROM services_tasks WHERE chain = ${CHAIN}`);
  return snapshot(db, () => ({ tasks: page.all().map(servicesTask), total: totals() }));
}

/** Counts all once, and then only what came after: the writer deletes nothing. */
function totalReader(db: Db, from: string): () => number {
  const read = (sql: string) => db.prepare<[], number>(sql).pluck().get() ?? 0;
  const lastId = read(`SELECT max(id) ${from}`);
  const base = read(`SELECT count(*) ${from} AND id <= ${lastId}`);
  const added = db.prepare<[], number>(`SELECT count(*) ${from} AND id > ${lastId}`).pluck();
  return () => base + (added.get() ?? 0);
}

const snapshot = (db: Db, read: () => Truth) => db.transaction(read);
