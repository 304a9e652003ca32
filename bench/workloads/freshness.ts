/** Checks that list responses are consistent with the database during writes. */
import { isDeepStrictEqual } from 'node:util';
import { type Reader, readNumber } from '../database.ts';
import { clientOf } from '../databases.ts';
import { CHAIN } from '../generate.ts';
import { Connection, sendTimed } from '../http-client.ts';
import { parseTasks, parseTotal } from '../list-responses.ts';
import { type Api, polledListRequest } from '../requests.ts';
import type { Server } from '../server-process.ts';
import type { Bench } from '../start-servers.ts';
import {
  type HdpRow,
  type HdpTask,
  parseMicros,
  type ServicesRow,
  type ServicesTask,
  toHdpTask,
  toServicesTask,
} from '../tasks.ts';

export interface Freshness {
  checked: number;
  /** The number of checks during which nothing changed. */
  unchanged: number;
  /** Descriptions of the wrong responses. */
  wrong: string[];
}

/** A page of a list, and the number of tasks in the list. */
interface ListState {
  tasks: Task[];
  total: number;
}

type Task = HdpTask | ServicesTask;

// Long enough that the checks barely affect the polls.
const PAUSE_MS = 20;

/** Checks the list at intervals until `finished` resolves, and adds the results to `freshness`. */
export async function checkFreshness(
  { dataset }: Bench,
  { port }: Server,
  api: Api,
  database: string,
  finished: Promise<unknown>,
  freshness: Freshness,
): Promise<void> {
  let isFinished = false;
  finished.then(() => {
    isFinished = true;
  });
  const reader = await clientOf(database).openReader(database);
  const readState = await (api === 'hdp' ? hdpStateReader : servicesStateReader)(reader);
  const connection = await Connection.open(port);
  const request = polledListRequest(api, dataset);
  while (!isFinished) {
    const before = await readState();
    const { response } = await sendTimed(connection, request);
    const after = await readState();
    freshness.checked += 1;
    const isUnchanged = isDeepStrictEqual(before, after);
    if (isUnchanged) freshness.unchanged += 1;
    const served: ListState = { tasks: parseTasks<Task>(response), total: parseTotal(response) };
    const isConsistent = isUnchanged
      ? isDeepStrictEqual(served, before)
      : isConsistentBetween(served, before, after);
    if (!isConsistent) freshness.wrong.push(`${request.path}: ${difference(served, before, after)}`);
    await new Promise((resolve) => setTimeout(resolve, PAUSE_MS));
  }
  connection.close();
  await reader.close();
}

/**
 * Returns true if a response is possible for some state between `before` and `after`. Nothing is deleted during the check. So the
 * page contains the first tasks of `before` in order and, between them, at most as many new tasks as the total has grown.
 */
function isConsistentBetween(served: ListState, before: ListState, after: ListState): boolean {
  if (served.total < before.total || served.total > after.total) return false;
  if (served.tasks.length !== after.tasks.length || !isInOrder(served.tasks)) return false;
  if (served.total === before.total && !hasSameTasks(served, before)) return false;
  if (served.total === after.total && !hasSameTasks(served, after)) return false;
  const ids = new Set(before.tasks.map(idOf));
  const later = new Map(after.tasks.map((task) => [idOf(task), task]));
  const known = served.tasks.filter((task) => ids.has(idOf(task)));
  if (served.tasks.length - known.length > served.total - before.total) return false;
  return known.every((task, index) => {
    const earlier = before.tasks[index];
    if (earlier === undefined || idOf(earlier) !== idOf(task)) return false;
    return isDeepStrictEqual(task, earlier) || !isDeepStrictEqual(earlier, later.get(idOf(task)));
  });
}

const hasSameTasks = (one: ListState, other: ListState) =>
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

function difference(served: ListState, before: ListState, after: ListState): string {
  const totals = `total ${served.total}, expected ${before.total} to ${after.total}`;
  const index = served.tasks.findIndex((task, at) => !isDeepStrictEqual(task, before.tasks[at]));
  const [expected, actual] = [before.tasks[index], served.tasks[index]];
  if (!expected || !actual) return totals;
  if (idOf(expected) !== idOf(actual))
    return `${totals}; task ${index + 1} should be ${idOf(expected)}, is ${idOf(actual)}`;
  const changed = Object.entries(actual).filter(
    ([name, value]) => !isDeepStrictEqual(value, Reflect.get(expected, name)),
  );
  return `${totals}; task ${idOf(expected)} has ${JSON.stringify(Object.fromEntries(changed))}`;
}

type ReadState = () => Promise<ListState>;

const HDP_PAGE = 'SELECT * FROM hdp_tasks ORDER BY created_at DESC, uuid DESC LIMIT 10';
const SERVICES_PAGE = `SELECT * FROM services_tasks WHERE chain = ${CHAIN} ORDER BY id LIMIT 100`;

async function hdpStateReader(reader: Reader): Promise<ReadState> {
  const readTotal = await totalReader(reader, 'FROM hdp_tasks WHERE true');
  return () =>
    reader.snapshot(async () => ({
      tasks: (await reader.all<HdpRow>(HDP_PAGE)).map(toHdpTask),
      total: await readTotal(),
    }));
}

async function servicesStateReader(reader: Reader): Promise<ReadState> {
  const readTotal = await totalReader(reader, `FROM services_tasks WHERE chain = ${CHAIN}`);
  return () =>
    reader.snapshot(async () => ({
      tasks: (await reader.all<ServicesRow>(SERVICES_PAGE)).map(toServicesTask),
      total: await readTotal(),
    }));
}

/** Counts all tasks once, then only new tasks, because the writer deletes nothing. */
async function totalReader(reader: Reader, from: string): Promise<() => Promise<number>> {
  const lastId = await readNumber(reader, `SELECT max(id) ${from}`);
  const base = await readNumber(reader, `SELECT count(*) ${from} AND id <= ${lastId}`);
  return async () => base + (await readNumber(reader, `SELECT count(*) ${from} AND id > ${lastId}`));
}
