/**
 * Writes into a taskgate database through the store until SIGTERM, by turns an HDP and a Services task.
 * Arguments: the database, its tasks of each kind, and inserts (and as many status changes) a second.
 */
import { randomUUID } from 'node:crypto';
import { CHAIN } from './generate.ts';
import { NewTasks } from './new-tasks.ts';
import { writeAtPace } from './paced-writes.ts';
import { openProductStore } from './product.ts';
import { claim, createHdp, createServices, finish, transition } from './product-writes.ts';
import { Random } from './random.ts';
import { openDatabase } from './reference-tables.ts';
import { TasksInProgress } from './tasks-in-progress.ts';

const [, , path = '', rows = '', rate = ''] = process.argv;
const store = openProductStore(path);
const random = new Random(Date.now());
const tasks = new NewTasks(path, Number(rows), Date.now());
const inProgress = new TasksInProgress(random);
const services = listedServices();

writeAtPace(Number(rate), insert, change, () => store.close());

async function insert(n: number): Promise<void> {
  if (n % 2 === 0) inProgress.add(await createHdp(store, tasks.hdp()));
  else await createServices(store, tasks.services());
}

async function change(n: number): Promise<void> {
  if (n % 2 === 0) await inProgress.change(({ uuid, status }) => transition(store, uuid, status));
  else await changeServices();
}

interface Listed {
  id: number;
  action: string;
  /** The run that holds it, if any. */
  run: string | undefined;
}

/** The first tasks of the large chain: those on the page that clients poll. */
function listedServices(): Listed[] {
  const db = openDatabase(path, { readonly: true });
  const found = db
    .prepare<[number], { id: number; action: string }>(
      `SELECT id, target ->> '$.action' AS action FROM services_tasks
       WHERE chain = ? AND status <> 'INPROGRESS' ORDER BY id LIMIT 100`,
    )
    .all(CHAIN);
  db.close();
  return found.map((task) => ({ ...task, run: undefined }));
}

async function changeServices(): Promise<void> {
  const task = services.shift();
  if (!task) return;
  if (task.run === undefined) {
    const run = randomUUID();
    await claim(store, { chain: CHAIN, id: task.id, action: task.action, run });
    services.push({ ...task, run });
  } else {
    await finish(store, task.id, task.run);
    services.push({ ...task, run: undefined });
  }
}
