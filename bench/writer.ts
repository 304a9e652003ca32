/**
 * Writes into a taskgate database until SIGTERM, at an even pace, each insert and each status change in a transaction
 * of its own, by turns an HDP and a Services task. Then prints a `Written`.
 * Arguments: the database, and how many inserts (and as many changes) a second.
 */
import { CHAIN, HDP_STATUSES, newHdpTask, newServicesTask } from './generate.ts';
import { Random } from './random.ts';
import { inserter, openDatabase } from './reference-tables.ts';
import { type HdpRow, hdpRow, type ServicesRow, servicesRow } from './tasks.ts';

export interface Written {
  inserts: number;
  changes: number;
  seconds: number;
  slowestMs: number;
}

const [, , path = '', perSecond = ''] = process.argv;
const rate = Number(perSecond);
const random = new Random(Date.now());
const db = openDatabase(path);
const insertHdp = inserter<HdpRow>(db, 'hdp_tasks');
const insertServices = inserter<ServicesRow>(db, 'services_tasks');
const changeHdp = db.prepare('UPDATE hdp_tasks SET status = ?, updated_at = ? WHERE uuid = ?');
const changeServices = db.prepare(
  'UPDATE services_tasks SET status = ?, modified_at = ?, version = version + 1 WHERE id = ?',
);

const RECENT = 1000;
const pluck = <T>(sql: string) => db.prepare<[], T>(sql).pluck();
// The newest HDP tasks and the oldest Services tasks of the large chain: what is on the polled pages changes too.
const uuids = pluck<string>(
  `SELECT uuid FROM hdp_tasks ORDER BY created_at DESC, uuid DESC LIMIT ${RECENT}`,
).all();
const ids = pluck<number>(
  `SELECT id FROM services_tasks WHERE chain = ${CHAIN} ORDER BY id LIMIT ${RECENT}`,
).all();
let micros = pluck<number>('SELECT max(created_at) FROM hdp_tasks').get() ?? 0;
let nextId = (pluck<number>('SELECT max(id) FROM services_tasks').get() ?? 0) + 1;
let updatedAt = Math.max(micros, pluck<number>('SELECT max(updated_at) FROM hdp_tasks').get() ?? 0);

const written: Written = { inserts: 0, changes: 0, seconds: 0, slowestMs: 0 };
const began = performance.now();
const ticker = setInterval(() => {
  const due = Math.floor(((performance.now() - began) * rate) / 1000);
  // A writer that has fallen behind does not catch up in one burst.
  for (let burst = 0; written.inserts < due && burst < 20; burst += 1) writeOnce();
}, 1);

process.once('SIGTERM', () => {
  clearInterval(ticker);
  written.seconds = (performance.now() - began) / 1000;
  db.close();
  process.stdout.write(JSON.stringify(written));
});

function writeOnce(): void {
  const isHdp = written.inserts % 2 === 0;
  written.slowestMs = Math.max(
    written.slowestMs,
    duration(isHdp ? addHdp : addServices),
    duration(isHdp ? alterHdp : alterServices),
  );
  written.inserts += 1;
  written.changes += 1;
}

function duration(work: () => void): number {
  const start = performance.now();
  work();
  return performance.now() - start;
}

function addHdp(): void {
  micros += 1 + random.below(2000);
  const task = newHdpTask(random, micros, { hash: random.hash(), name: 'written_by_the_bench' });
  insertHdp(hdpRow(task));
  uuids.push(task.uuid);
  uuids.shift();
}

function alterHdp(): void {
  updatedAt += 1;
  changeHdp.run(random.pick(HDP_STATUSES), updatedAt, random.pick(uuids));
}

function addServices(): void {
  insertServices(servicesRow(newServicesTask(random, nextId, Math.floor(micros / 1e6))));
  nextId += 1;
}

function alterServices(): void {
  changeServices.run(
    random.pick(['READY', 'INPROGRESS', 'DONE', 'ERROR']),
    Math.floor(micros / 1e6),
    random.pick(ids),
  );
}
