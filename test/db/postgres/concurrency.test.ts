/** Many connections of two nodes write to one database, and read what they have written. */
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { openStore, type Store } from '../../../src/db/open.ts';
import { parseServicesTask } from '../../../src/ndjson/task-lines.ts';
import { takePostgresDatabase } from '../../support/postgres-databases.ts';
import { openRawConnection } from '../../support/raw-connection.ts';
import { aServicesTask } from '../../support/tasks.ts';

const CHAIN = 1764;
/** The connections of this database that wait for a lock. */
const WAITING = `SELECT pid FROM pg_stat_activity
  WHERE datname = current_database() AND wait_event_type = 'Lock'`;

const STATUSES = ['READY', 'INPROGRESS', 'DONE', 'ERROR'] as const;

/** Tasks that are added in one transaction. An id that is taken rolls all of them back. */
const addition = fc.record({
  kind: fc.constant('add' as const),
  node: fc.nat(1),
  ids: fc.uniqueArray(fc.integer({ min: 1, max: 200 }), { minLength: 1, maxLength: 6 }),
  status: fc.constantFrom(...STATUSES),
  onConflict: fc.constantFrom('error' as const, 'skip' as const, 'replace' as const),
});
const removal = fc.record({
  kind: fc.constant('remove' as const),
  node: fc.nat(1),
  id: fc.integer({ min: 1, max: 200 }),
});
const folding = fc.record({
  kind: fc.constant('fold' as const),
  node: fc.nat(1),
  batch: fc.integer({ min: 1, max: 50 }),
});
const step = fc.oneof(
  { weight: 6, arbitrary: addition },
  { weight: 3, arbitrary: removal },
  { weight: 2, arbitrary: folding },
);

describe('two nodes on one database', () => {
  let nodes: readonly [Store, Store];
  let url: string;
  let now = Date.parse('2030-01-01T00:00:00Z');

  beforeAll(async () => {
    ({ url } = await takePostgresDatabase());
    const open = () => openStore(url, { synchronousCommit: false, blockSize: 4, leaseClock: () => now });
    nodes = [open(), open()];
  });
  afterAll(async () => {
    for (const node of nodes) await node.close();
  });

  const run = async (operation: typeof step extends fc.Arbitrary<infer T> ? T : never): Promise<unknown> => {
    const store = nodes[operation.node] ?? nodes[0];
    if (operation.kind === 'fold') return store.index(operation.batch);
    if (operation.kind === 'remove') return store.servicesTaskLifecycle.remove(operation.id, 1);
    const { ids, status: code, onConflict } = operation;
    const rows = ids.map((id) =>
      parseServicesTask(JSON.stringify(aServicesTask({ id, chain: CHAIN, state: { code } }))),
    );
    return store.servicesTasks.addAll(rows, { onConflict });
  };

  it('never lose or repeat a count, whatever is committed, rolled back and folded at the same time', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 8, maxLength: 60, size: 'max' }), async (steps) => {
        await Promise.all(steps.map(run));
        const [first, second] = nodes;
        expect(await first.verify()).toEqual([]);
        const all = await second.servicesTasks.list(CHAIN, {}, { limit: 1000, offset: 0 });
        expect(all.total).toBe(all.rows.length);
        for (const status of STATUSES) {
          const { total } = await first.servicesTasks.list(CHAIN, { status }, { limit: 1, offset: 0 });
          expect(total).toBe(all.rows.filter((row) => row.status === status).length);
        }
        const middle = await first.servicesTasks.list(CHAIN, {}, { limit: 5, offset: 7 });
        expect(middle.rows).toEqual(all.rows.slice(7, 12));
      }),
      { numRuns: 40 },
    );
  });

  it('give each new task its own id', async () => {
    const values = { description: '', trigger: '{}', target: '{}', debug: '', dueAt: 0, seriesStart: null };
    const created = await Promise.all(
      Array.from({ length: 200 }, (_, n) =>
        nodes[n % 2 === 0 ? 0 : 1].servicesTaskLifecycle.create(CHAIN + 1, values, 0),
      ),
    );
    const ids = created.map((result) => ('created' in result ? result.created.id : 0));
    expect(new Set(ids).size).toBe(200);
  });

  it('claim each due task once', async () => {
    const claims = await Promise.all(
      Array.from({ length: 60 }, (_, n) =>
        nodes[n % 2 === 0 ? 0 : 1].servicesTasks.add(
          parseServicesTask(
            JSON.stringify(aServicesTask({ id: 1000 + n, chain: CHAIN + 2, target: { action: 'x' } })),
          ),
          'error',
        ),
      ),
    );
    expect(claims).toHaveLength(60);
    const claimed = await Promise.all(
      Array.from({ length: 80 }, (_, n) =>
        nodes[n % 2 === 0 ? 0 : 1].taskRuns.claimNext(['x'], { run: `run-${n}`, leaseMs: 60_000 }),
      ),
    );
    const ids = claimed.flatMap((claim) => claim?.task.id ?? []);
    expect(ids).toHaveLength(60);
    expect(new Set(ids).size).toBe(60);
  });

  it('do not claim a task whose lease is renewed at the same time', async () => {
    const [first, second] = nodes;
    const row = aServicesTask({ id: 5000, chain: CHAIN + 3, target: { action: 'race' } });
    await first.servicesTasks.add(parseServicesTask(JSON.stringify(row)), 'replace');
    await first.taskRuns.claim(CHAIN + 3, 5000, ['race'], { run: 'old', leaseMs: 1000 });
    now += 2000;
    // The first look only marks the lease as suspected.
    await second.taskRuns.claimNext(['race'], { run: 'look', leaseMs: 1000 });
    now += 7000;
    const renewal = await openRawConnection(url);
    await renewal.rows('BEGIN');
    await renewal.rows(
      `UPDATE services_leases SET until = ${now + 3000}, suspected_at = NULL WHERE task = 5000`,
    );
    const claim = second.taskRuns.claimNext(['race'], { run: 'new', leaseMs: 1000 });
    await vi.waitUntil(async () => (await renewal.rows(WAITING)).length > 0, { timeout: 10_000 });
    await renewal.rows('COMMIT');
    expect(await claim).toBeUndefined();
    await renewal.close();
  });

  it('suspect no lease that was renewed meanwhile', async () => {
    const [first, second] = nodes;
    const row = aServicesTask({ id: 6000, chain: CHAIN + 4, target: { action: 'suspect' } });
    for (let n = 0; n < 60; n += 1) {
      await first.servicesTasks.add(parseServicesTask(JSON.stringify(row)), 'replace');
      const old = { run: `old-${n}`, leaseMs: 1000 };
      await first.taskRuns.claim(CHAIN + 4, 6000, ['suspect'], old);
      now += 2000;
      await Promise.all([
        first.taskRuns.renew(6000, old.run, 2000),
        second.taskRuns.claimNext(['suspect'], { run: `look-${n}`, leaseMs: 1000 }),
      ]);
      now += 3000;
      // The first look after the renewed lease has expired; the grace period begins now.
      const claiming = { run: `new-${n}`, leaseMs: 1000 };
      expect(await second.taskRuns.claimNext(['suspect'], claiming)).toBeUndefined();
    }
  });
});
