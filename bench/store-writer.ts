/**
 * Writes into a taskgate database through the store until SIGTERM, HDP and Services tasks alternately.
 * Arguments: the database, its number of tasks of each kind, and inserts (and status changes) per second.
 */
import { randomUUID } from 'node:crypto';
import { ActiveTasks } from './active-tasks.ts';
import { withReader } from './databases.ts';
import { CHAIN } from './generate.ts';
import { NewTasks } from './new-tasks.ts';
import { openProductStore } from './product-store.ts';
import { claim, createHdp, createServices, finish, transition } from './product-writes.ts';
import { Random } from './random.ts';
import { writeAtRate } from './rate-limited-writes.ts';

const [, , path = '', rows = '', rate = ''] = process.argv;
const store = openProductStore(path);
const random = new Random(Date.now());
const tasks = await NewTasks.open(path, Number(rows), Date.now());
const activeTasks = new ActiveTasks(random);
const services = await readPolledServices();

writeAtRate(Number(rate), insert, change, () => store.close());

async function insert(n: number): Promise<void> {
  if (n % 2 === 0) activeTasks.add(await createHdp(store, tasks.nextHdp()));
  else await createServices(store, tasks.nextServices());
}

async function change(n: number): Promise<void> {
  if (n % 2 === 0) await activeTasks.change(({ uuid, status }) => transition(store, uuid, status));
  else await changeServices();
}

interface PolledTask {
  id: number;
  action: string;
  /** The run that has claimed the task. */
  run: string | undefined;
}

/** Returns the tasks of the large chain on the page that clients poll. */
async function readPolledServices(): Promise<PolledTask[]> {
  const tasks = await withReader(path, (reader) =>
    reader.all<{ id: number; action: string }>(
      `SELECT id, action FROM services_tasks
       WHERE chain = ? AND status <> 'INPROGRESS' ORDER BY id LIMIT 100`,
      [CHAIN],
    ),
  );
  return tasks.map((task) => ({ ...task, run: undefined }));
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
