import { expect, it } from 'vitest';
import { openStore, type Store } from '../../src/db/open.ts';
import { describeDialects } from '../support/dialects.ts';
import { addHdpTasks } from '../support/gateway.ts';
import { openRawConnection } from '../support/raw-connection.ts';
import { isPostgres } from '../support/stores.ts';
import { anHdpTask, ulid } from '../support/tasks.ts';

const SERIES = { interval: 'day', start: Date.parse('2024-03-17T00:00:00Z') * 1000, count: 1 } as const;

const received = Array.from({ length: 20 }, (_, n) => anHdpTask({ uuid: ulid(n) }));

const indexAll = async (store: Store) => {
  while ((await store.index(100)) > 0);
};

describeDialects('the figures', ({ createDatabase }) => {
  it('are exact while changes are pending, and after they were folded one by one', async () => {
    const database = await createDatabase();
    const store = database.openStore();
    await addHdpTasks(store, ...received);
    const totals: number[] = [];
    let folded = 1;
    while (folded > 0) {
      const { total, created } = await store.figures.hdp(SERIES);
      totals.push(total, created[0]?.total ?? -1);
      folded = await store.index(1);
    }
    expect(new Set(totals)).toEqual(new Set([20]));
    expect(await store.verify()).toEqual([]);
    await store.close();
    await database.remove();
  });

  it('are not counted by a store that measures what they cost', async () => {
    const database = await createDatabase();
    const store = openStore(database.url, { countsFigures: false });
    await addHdpTasks(store, ...received);
    expect((await store.figures.hdp(SERIES)).total).toBe(0);
    expect((await store.hdpTasks.list('', { limit: 1, offset: 0 })).total).toBe(20);
    await store.close();
    await database.remove();
  });

  it('follow an import that is undone, with the reports in between', async () => {
    const database = await createDatabase();
    const store = database.openStore();
    await addHdpTasks(store, anHdpTask({ uuid: ulid(1), status: 'DryRunFailed' }));
    const before = await store.figures.hdp(SERIES);
    const [first] = (await store.hdpTasks.list('', { limit: 1, offset: 0 })).rows;
    if (!first) throw new Error('There is no task.');
    const { id: _, programId: __, ...row } = first;
    const running = store.imports.hdp({ onConflict: 'error', isAtomic: true });
    const uuids = Array.from({ length: 60 }, (_, n) => ulid(100 + n));
    await running.addBatch(
      uuids.map((uuid) => ({ ...row, uuid, status: 'Received' as const })),
      false,
    );
    let ids = 1000;
    const context = {
      now: Date.now(),
      newUlid: () => {
        ids += 1;
        return ulid(ids);
      },
    };
    for (const toStatus of ['DryRunStarted', 'DryRunCompleted'] as const) {
      const report = { toStatus, text: toStatus, task: {}, details: {}, webhookBody: () => '' };
      await store.hdpTaskLifecycle.report(ulid(100), report, context);
    }
    const during = await store.figures.hdp(SERIES);
    expect(during.statuses).toMatchObject({ Received: 59, DryRunCompleted: 1, DryRunFailed: 1 });
    expect(during.stages[0]?.passes).toBe(1);
    await running.undo();
    expect(await store.figures.hdp(SERIES)).toEqual(before);
    expect(await store.verify()).toEqual([]);
    await store.close();
    await database.remove();
  });

  it('that differ from the tasks are reported and repaired', async () => {
    const database = await createDatabase();
    const store = database.openStore();
    await addHdpTasks(store, ...received);
    await indexAll(store);
    const connection = await openRawConnection(database.url);
    await connection.exec("UPDATE hdp_figures SET amount = amount + 2 WHERE figure = 'status'");
    await connection.exec("DELETE FROM hdp_figures WHERE figure = 'day'");
    await connection.exec("INSERT INTO hdp_figures VALUES ('passes', 3, 'DryRun', 5)");
    await connection.close();
    expect(await store.verify()).toEqual([
      { what: `figure day open ${SERIES.start}`, kept: 0, actual: 20 },
      { what: 'figure passes DryRun 3', kept: 5, actual: 0 },
      { what: 'figure status Received 0', kept: 22, actual: 20 },
    ]);
    await store.repair();
    expect(await store.verify()).toEqual([]);
    expect((await store.figures.hdp(SERIES)).created[0]?.total).toBe(20);
    await store.close();
    await database.remove();
  });

  it('are built when a database of the former version is migrated', async () => {
    const database = await createDatabase();
    const store = database.openStore();
    await addHdpTasks(store, ...received);
    await indexAll(store);
    await store.close();
    await downgrade(database.url);
    const upgraded = database.openStore();
    await upgraded.migrate();
    expect((await upgraded.figures.hdp(SERIES)).statuses.Received).toBe(20);
    expect(await upgraded.verify()).toEqual([]);
    await upgraded.migrate();
    expect(await upgraded.verify()).toEqual([]);
    await upgraded.close();
    await database.remove();
  });

  it('of an empty database count the tasks that come after the migration', async () => {
    const database = await createDatabase();
    await downgrade(database.url);
    const store = database.openStore();
    await store.migrate();
    await addHdpTasks(store, ...received);
    expect((await store.figures.hdp(SERIES)).total).toBe(20);
    expect(await store.verify()).toEqual([]);
    await store.close();
    await database.remove();
  });
});

/** Undoes the migration of the figures and those after it. */
async function downgrade(url: string): Promise<void> {
  const connection = await openRawConnection(url);
  await connection.exec('DROP TABLE hdp_figures');
  if (isPostgres()) {
    await connection.exec('DROP TABLE pending_hdp_figures');
    await connection.exec('DROP INDEX hdp_programs_identity_digest');
    await connection.exec(
      'ALTER TABLE hdp_programs ADD CONSTRAINT hdp_programs_identity_unique UNIQUE (identity)',
    );
    await connection.exec(
      'DELETE FROM drizzle.__drizzle_migrations WHERE id >= (SELECT max(id) - 1 FROM drizzle.__drizzle_migrations)',
    );
    // The databases of the tests restart all sequences.
    await connection.exec("SELECT setval('drizzle.__drizzle_migrations_id_seq', 100)");
  } else {
    await connection.exec("DELETE FROM derived_state WHERE part = 'figures'");
    await connection.exec(
      'DELETE FROM __drizzle_migrations WHERE created_at = (SELECT max(created_at) FROM __drizzle_migrations)',
    );
  }
  await connection.close();
}
