/** The end of a process while it builds the figures of a database from before them. */
import { expect, it, vi } from 'vitest';
import { openStore } from '../../../src/db/open.ts';
import { addHdpTasks } from '../../support/gateway.ts';
import { takePostgresDatabase } from '../../support/postgres-databases.ts';
import { openRawConnection } from '../../support/raw-connection.ts';
import { anHdpTask, ulid } from '../../support/tasks.ts';

const SERIES = { interval: 'day', start: Date.parse('2024-03-17T00:00:00Z') * 1000, count: 1 } as const;
const COUNTERS = 'SELECT figure, position, value, amount FROM hdp_figures';
const WAITING = `SELECT pid FROM pg_stat_activity
  WHERE datname = current_database() AND application_name = 'taskgate' AND wait_event_type = 'Lock'`;

it('leaves them unbuilt; of two starts at the same time, one builds them exactly', async () => {
  const { url } = await takePostgresDatabase();
  const open = () => openStore(url, { synchronousCommit: false });
  const first = open();
  await addHdpTasks(first, ...Array.from({ length: 20 }, (_, n) => anHdpTask({ uuid: ulid(n) })));
  const raw = await openRawConnection(url);
  // As the migration leaves them.
  await raw.exec(
    "DELETE FROM hdp_figures; DELETE FROM pending_hdp_figures; INSERT INTO hdp_figures VALUES ('unbuilt', 0, '', 1)",
  );
  const blocker = await openRawConnection(url);
  await blocker.rows('BEGIN; LOCK TABLE hdp_transitions IN ACCESS EXCLUSIVE MODE');
  const building = expect(first.migrate()).rejects.toThrow('terminating connection');
  // The old counters are deleted, and the new ones need the transitions.
  await vi.waitUntil(async () => (await raw.rows(WAITING)).length > 0, { timeout: 10_000 });
  await raw.rows(`SELECT pg_terminate_backend(pid) FROM (${WAITING}) AS waiting`);
  await building;
  await blocker.close();
  expect(await raw.rows(COUNTERS)).toEqual([{ figure: 'unbuilt', position: 0, value: '', amount: 1 }]);

  const second = open();
  await Promise.all([first.migrate(), second.migrate()]);
  expect(await raw.rows(`${COUNTERS} WHERE figure IN ('unbuilt', 'status')`)).toEqual([
    { figure: 'status', position: 0, value: 'Received', amount: 20 },
  ]);
  expect(await second.verify()).toEqual([]);
  expect((await second.figures.hdp(SERIES)).created[0]?.total).toBe(20);
  await raw.close();
  await second.close();
  await first.close();
});
