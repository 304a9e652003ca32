/** Rows that are added by COPY: every value arrives, and a conflict or a lost connection leaves nothing behind. */
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { isUnavailable, openStore, type Store } from '../../../src/db/open.ts';
import { createPool, type Pool } from '../../../src/db/postgres/connection.ts';
import { statement } from '../../../src/db/postgres/statements.ts';
import { parseHdpTask, parseServicesTask } from '../../../src/ndjson/task-lines.ts';
import { takePostgresDatabase } from '../../support/postgres-databases.ts';
import { openRawConnection } from '../../support/raw-connection.ts';
import { anHdpTask, aServicesTask, ulid } from '../../support/tasks.ts';

const TEXTS = [
  ...[
    '',
    ' ',
    '\\N',
    '\\.',
    '\\',
    '\\\\',
    '\t',
    '\n',
    '\r\n',
    '\r',
    '\0',
    '\u{10FFFF}',
    '\u{10FFFF}\u{10FFFD}\u{10FFFD}',
  ],
  ...['"', "'", '{}', '{"a":"\\u0000\\n"}', 'null', 'NULL', '\b\f\v', '\u{1F600}', 'a\tb\nc\\d', '$&', 'ς'],
];

/** More than the rows from which COPY is used. */
const MANY = 120;

const servicesTask = (changes: object) => parseServicesTask(JSON.stringify(aServicesTask(changes)));
const hdpTask = (changes: object) => parseHdpTask(JSON.stringify(anHdpTask(changes)));

describe('values that are added by COPY', () => {
  let pool: Pool;

  beforeAll(async () => {
    const { url } = await takePostgresDatabase();
    pool = createPool(url);
  });
  afterAll(() => pool.close());

  const text = fc.oneof(fc.string({ unit: 'binary' }), fc.constantFrom(...TEXTS));
  const row = fc.record({
    text: fc.option(text),
    number: fc.option(fc.oneof(fc.maxSafeInteger(), fc.constant(Number.MAX_SAFE_INTEGER))),
    isSet: fc.option(fc.boolean()),
    bytes: fc.option(fc.uint8Array().map((bytes) => Buffer.from(bytes))),
  });
  const all = statement<object, object>(
    'all-copied',
    'SELECT text, number, is_set AS "isSet", bytes FROM copied ORDER BY id',
  );

  it('are read as they were written', async () => {
    await pool.withConnection(async (connection) => {
      await connection.exec(
        'CREATE TEMP TABLE copied (id bigint, text text, number bigint, is_set boolean, bytes bytea)',
      );
      await fc.assert(
        fc.asyncProperty(fc.array(row, { maxLength: 20 }), async (rows) => {
          await connection.exec('DELETE FROM copied');
          const target = {
            ...{ table: 'copied', names: 'id, text, number, is_set, bytes' },
            properties: ['id', 'text', 'number', 'isSet', 'bytes'],
          };
          await connection.copy(
            target,
            rows.map((values, id) => ({ id, ...values })),
          );
          expect(await connection.all(all, {})).toEqual(rows);
        }),
        { examples: [[TEXTS.map((text) => ({ text, number: 0, isSet: true, bytes: Buffer.from(text) }))]] },
      );
    });
  });
});

describe('many tasks', () => {
  let store: Store;
  let url: string;

  beforeAll(async () => {
    ({ url } = await takePostgresDatabase());
    store = openStore(url, { blockSize: 32 });
  });
  afterAll(() => store.close());

  it('are added with every kind of text', async () => {
    const services = Array.from({ length: MANY }, (_, n) => {
      const text = TEXTS[n % TEXTS.length] ?? '';
      return servicesTask({
        ...{ id: Number.MAX_SAFE_INTEGER - n, chain: 1, desc: text, debug: text },
        ...{ result: n % 2 === 0 ? text : null, target: { action: text, [text]: text, campaign_id: n % 3 } },
      });
    });
    const hdp = Array.from({ length: MANY }, (_, n) => {
      const text = TEXTS[n % TEXTS.length] ?? '';
      return hdpTask({
        ...{ uuid: ulid(n), programName: n % 2 === 0 ? text : null, taskHash: text },
        dataSourceChains: n % 3 === 0 ? null : [text, text],
      });
    });
    await store.servicesTasks.addAll(services, { onConflict: 'error' });
    await store.hdpTasks.addAll(hdp, 'error');
    const addedServices = await store.servicesTasks.list(1, {}, { limit: MANY, offset: 0 });
    expect(addedServices.rows).toMatchObject(services.toReversed());
    const addedHdp = (await store.hdpTasks.list('', { limit: MANY, offset: 0 })).rows;
    const byUuid = new Map(addedHdp.map((task) => [task.uuid, task]));
    expect(hdp.map(({ uuid }) => byUuid.get(uuid))).toMatchObject(hdp);
    expect(await store.verify()).toEqual([]);
  });

  it.each(['error', 'skip', 'replace'] as const)(
    'have the same outcomes as one after the other, also of twins: %s',
    async (onConflict) => {
      const chain = { error: 11, skip: 12, replace: 13 }[onConflict];
      const ids = Array.from({ length: MANY }, (_, n) => 1000 * chain + (n % (MANY - 10)));
      await store.servicesTasks.add(servicesTask({ id: 1000 * chain + 50, chain }), 'error');
      const tasks = ids.map((id, n) => servicesTask({ id, chain, desc: `${n}` }));
      const results = await store.servicesTasks.addAll(tasks, { onConflict });
      const other = { error: 'conflict', skip: 'skipped', replace: 'replaced' }[onConflict];
      const isFirst = (n: number) => n < MANY - 10 && n !== 50;
      expect(results).toEqual(tasks.map((_, n) => ({ added: isFirst(n) ? 'inserted' : other })));
      const { rows } = await store.servicesTasks.list(chain, {}, { limit: MANY, offset: 0 });
      expect(rows[0]?.description).toBe(onConflict === 'replace' ? `${MANY - 10}` : '0');
      expect(await store.verify()).toEqual([]);
    },
  );

  it('are inserted once by two imports at the same time', async () => {
    const other = openStore(url, { blockSize: 32 });
    const tasks = Array.from({ length: 4 * MANY }, (_, n) => servicesTask({ id: 30_000 + n, chain: 30 }));
    const uuids = Array.from({ length: 4 * MANY }, (_, n) => hdpTask({ uuid: ulid(30_000 + n) }));
    const importAll = ({ imports }: Store) => {
      const options = { isAtomic: false, now: Date.now, onConflict: 'skip' as const };
      return Promise.all([
        imports.services(options).addBatch(tasks, true),
        imports.hdp(options).addBatch(uuids, true),
      ]);
    };
    const results = await Promise.all([importAll(store), importAll(other)]);
    for (const kind of [0, 1] as const) {
      const added = results.flatMap((result) => result[kind].map((task) => task.added));
      expect(added.filter((result) => result === 'inserted')).toHaveLength(4 * MANY);
      expect(added.filter((result) => result === 'skipped')).toHaveLength(4 * MANY);
    }
    expect(await store.verify()).toEqual([]);
    await other.close();
  });

  it('are undone after the connection was lost in the middle of a COPY', async () => {
    const connection = await openRawConnection(url);
    const blocker = await openRawConnection(url);
    const tasks = Array.from({ length: MANY }, (_, n) => servicesTask({ id: 40_000 + n, chain: 40 }));
    const unfinished = store.imports.services({ isAtomic: true, onConflict: 'error' });
    await unfinished.addBatch(tasks.slice(0, 60), false);
    // The COPY has sent its rows and waits for the transaction that has inserted one of their ids.
    await blocker.rows(`BEGIN; SET LOCAL taskgate.writes = 'on';
      INSERT INTO services_tasks SELECT (jsonb_populate_record(task, '{"id": 40110}')).* FROM services_tasks AS task
        WHERE id = 40000`);
    const adding = unfinished.addBatch(tasks.slice(60), false).catch((error: unknown) => error);
    const end = () =>
      connection.rows(`SELECT pg_terminate_backend(pid) FROM pg_stat_activity
        WHERE datname = current_database() AND query LIKE 'COPY services_tasks%' AND wait_event_type = 'Lock'`);
    await vi.waitUntil(async () => (await end()).length === 1, { timeout: 15_000, interval: 5 });
    expect(isUnavailable(await adding)).toBe(true);
    await blocker.rows('ROLLBACK');
    await unfinished.undo();
    expect((await store.servicesTasks.list(40, {}, { limit: 1, offset: 0 })).total).toBe(0);
    expect(await store.verify()).toEqual([]);
    await Promise.all([connection.close(), blocker.close()]);
  });
});
