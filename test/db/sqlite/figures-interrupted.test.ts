/** The end of a process while it builds the figures of a database from before them. */
import Database from 'better-sqlite3';
import { expect } from 'vitest';
import { openStore } from '../../../src/db/open.ts';
import { addHdpTasks } from '../../support/gateway.ts';
import { it } from '../../support/process.ts';
import { anHdpTask, ulid } from '../../support/tasks.ts';

const SERIES = { interval: 'day', start: Date.parse('2024-03-17T00:00:00Z') * 1000, count: 1 } as const;

/** The first new counter never ends: it counts 20 to the power of 10 rows. */
const ENDLESS = `CREATE TRIGGER endless AFTER INSERT ON hdp_figures BEGIN
  SELECT count(*) FROM ${Array.from({ length: 10 }, (_, n) => `hdp_tasks AS t${n}`).join(', ')};
END`;

it('leaves them unbuilt, and the next start builds them exactly', async ({ sandbox }) => {
  const store = openStore(sandbox.databaseUrl);
  await store.migrate();
  await addHdpTasks(store, ...Array.from({ length: 20 }, (_, n) => anHdpTask({ uuid: ulid(n) })));
  await store.close();
  const raw = new Database(sandbox.databaseUrl, { timeout: 0 });
  const counters = () => raw.prepare('SELECT sum(amount) FROM hdp_figures').pluck().get();
  // Some counters are wrong, as after a first build of another version.
  raw.exec(`DELETE FROM derived_state WHERE part = 'figures'; UPDATE hdp_figures SET amount = 7; ${ENDLESS}`);
  const before = counters();
  const building = sandbox.start(['migrate']);
  const isWriting = () => {
    try {
      raw.exec('BEGIN IMMEDIATE; ROLLBACK');
      return false;
    } catch {
      return true;
    }
  };
  await expect.poll(isWriting, { timeout: 20_000 }).toBe(true);
  building.kill('SIGKILL');
  expect(await building.exited).toMatchObject({ signal: 'SIGKILL' });
  expect(counters()).toBe(before);
  expect(raw.prepare("SELECT count(*) FROM derived_state WHERE part = 'figures'").pluck().get()).toBe(0);
  raw.exec('DROP TRIGGER endless');

  const next = openStore(sandbox.databaseUrl);
  await next.migrate();
  expect(await next.verify()).toEqual([]);
  expect((await next.figures.hdp(SERIES)).created[0]?.total).toBe(20);
  await next.close();
  raw.close();
});
