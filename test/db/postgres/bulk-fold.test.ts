/** Transactions with many changes, which fold them together with the pending changes (maintenance/fold.ts). */
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { openStore, type Store } from '../../../src/db/open.ts';
import type { NewHdpTask, NewServicesTask } from '../../../src/db/rows.ts';
import { parseHdpTask, parseServicesTask } from '../../../src/ndjson/task-lines.ts';
import { takePostgresDatabase } from '../../support/postgres-databases.ts';
import { openRawConnection, type RawConnection } from '../../support/raw-connection.ts';
import { anHdpTask, aServicesTask, ulid } from '../../support/tasks.ts';

const CHAIN = 1764;
const STATUSES = ['READY', 'INPROGRESS', 'DONE', 'ERROR'] as const;
/** Half of the changes of a full block are folded by their own transaction. */
const BLOCK_SIZE = 32;
const BULK = 60;
const FIRST = { limit: 1, offset: 0 };

/** The stores of this database that wait for a lock. */
const WAITING = `SELECT pid FROM pg_stat_activity
  WHERE datname = current_database() AND application_name = 'taskgate' AND wait_event_type = 'Lock'`;

const hdp = (n: number): NewHdpTask => {
  const status = n % 2 === 0 ? 'Received' : 'DryRunFailed';
  const createdAt = `2024-03-${10 + (n % 20)}T10:24:00Z`;
  return parseHdpTask(
    JSON.stringify(anHdpTask({ uuid: ulid(n), status, createdAt, programName: `program ${n % 7}` })),
  );
};

const services = (id: number): NewServicesTask =>
  parseServicesTask(
    JSON.stringify(
      aServicesTask({
        id,
        chain: CHAIN + (id % 2),
        state: { code: STATUSES[id % STATUSES.length] ?? 'READY' },
      }),
    ),
  );

const range = (from: number, count: number) => Array.from({ length: count }, (_, n) => from + n);

let url: string;
let nodes: readonly [Store, Store];
let raw: RawConnection;

beforeEach(async () => {
  ({ url } = await takePostgresDatabase());
  const open = () => openStore(url, { synchronousCommit: false, blockSize: BLOCK_SIZE });
  nodes = [open(), open()];
  raw = await openRawConnection(url);
});
afterEach(async () => {
  await raw.close();
  for (const node of nodes) await node.close();
});

async function count(from: string): Promise<number> {
  const [row] = await raw.rows<{ count: number }>(`SELECT count(*) FROM ${from}`);
  return row?.count ?? -1;
}

/** Expects that all totals equal the numbers of rows. */
async function expectExact(): Promise<void> {
  const [first, second] = nodes;
  expect(await first.verify()).toEqual([]);
  const tasks = await count('hdp_tasks');
  expect((await first.hdpTasks.list('', FIRST)).total).toBe(tasks);
  expect((await second.figures.hdp({ interval: 'day', start: 0, count: 1 })).total).toBe(tasks);
  const found = await first.hdpTasks.list('program 3', FIRST);
  expect(found.total).toBe(await count("hdp_tasks WHERE program_name LIKE '%program 3%'"));
  for (const status of STATUSES) {
    const { total } = await second.servicesTasks.list(CHAIN, { status }, FIRST);
    expect(total).toBe(await count(`services_tasks WHERE chain = ${CHAIN} AND status = '${status}'`));
  }
}

/** Writes tasks one by one, and changes, replaces and removes some of them. */
async function writeSingly(node: Store, from: number, tasks: number): Promise<void> {
  let ids = 10_000 * from;
  const newUlid = () => {
    ids += 1;
    return ulid(ids);
  };
  const report = {
    toStatus: 'DryRunStarted',
    text: '{}',
    task: {},
    details: {},
    webhookBody: () => '',
  } as const;
  for (const n of range(from, tasks)) {
    await node.hdpTasks.add(hdp(n), 'error');
    await node.servicesTasks.add(services(n), 'error');
    if (n % 2 === 0) await node.hdpTaskLifecycle.report(ulid(n), report, { now: Date.now(), newUlid });
    if (n % 3 === 0) await node.hdpTasks.add({ ...hdp(n), programName: 'other' }, 'replace');
    if (n % 4 === 0) await node.servicesTasks.add({ ...services(n), status: 'DONE' }, 'replace');
    if (n % 5 === 0) {
      await node.hdpTaskLifecycle.remove(ulid(n));
      await node.servicesTaskLifecycle.remove(n, 1);
    }
  }
}

/** Folds and verifies until `work` has ended. */
async function verifyDuring(work: Promise<unknown>): Promise<void> {
  let isDone = false;
  const working = work.finally(() => {
    isDone = true;
  });
  while (!isDone) {
    await nodes[1].index(20);
    expect(await nodes[0].verify()).toEqual([]);
  }
  await working;
}

describe('bulk folds', () => {
  it('count exactly at any time while other writers append', async () => {
    const [first, second] = nodes;
    const writeInBulk = async (node: Store, from: number) => {
      for (const start of [from, from + BULK, from + 2 * BULK]) {
        await node.hdpTasks.addAll(range(start, BULK).map(hdp), 'error');
        await node.servicesTasks.addAll(range(start, BULK).map(services), { onConflict: 'error' });
        // Each replaced task leaves its lists and enters others.
        const moved = range(start, BULK).map((n) => ({ ...hdp(n), programName: 'moved' }));
        await node.hdpTasks.addAll(moved, 'replace');
      }
    };
    await verifyDuring(
      Promise.all([
        writeInBulk(first, 1000),
        writeInBulk(second, 2000),
        writeSingly(first, 3000, 40),
        writeSingly(second, 4000, 40),
      ]),
    );
    await expectExact();
  });

  it('leave nothing pending if no other transaction is folding', async () => {
    await writeSingly(nodes[0], 1, 5);
    expect(await count('pending_search_changes')).toBeGreaterThan(0);
    await nodes[1].hdpTasks.addAll(range(1000, BULK).map(hdp), 'error');
    await nodes[1].servicesTasks.addAll(range(1000, BULK).map(services), { onConflict: 'error' });
    for (const kind of ['search_changes', 'services_changes', 'hdp_figures'])
      expect({ kind, pending: await count(`pending_${kind}`) }).toEqual({ kind, pending: 0 });
    await expectExact();
  });

  it('append their changes while another transaction is folding', async () => {
    const other = await openRawConnection(url);
    await other.rows("BEGIN; SELECT pg_advisory_xact_lock(hashtext('taskgate fold'))");
    await nodes[0].hdpTasks.addAll(range(1, BULK).map(hdp), 'error');
    expect(await count('pending_search_changes')).toBe(BULK);
    await expectExact();
    await other.close();
    await nodes[0].hdpTasks.addAll(range(1000, BULK).map(hdp), 'error');
    expect(await count('pending_search_changes')).toBe(0);
    await expectExact();
  });
});

describe('a writer that is killed during a bulk fold', () => {
  it.each([
    ['list_blocks', 'hdp'],
    ['hdp_search_blocks', 'hdp'],
    ['hdp_programs', 'hdp'],
    ['scope_versions', 'hdp'],
    ['hdp_figures', 'hdp'],
    ['list_blocks', 'services'],
    ['scope_versions', 'services'],
  ] as const)('while it writes %s of %s tasks leaves no trace', async (table, api) => {
    const [first, second] = nodes;
    const addBulk = () =>
      api === 'hdp'
        ? first.hdpTasks.addAll(range(1000, BULK).map(hdp), 'error')
        : first.servicesTasks.addAll(range(1000, BULK).map(services), { onConflict: 'error' });
    // The programs exist, and changes are pending.
    await first.hdpTasks.addAll(range(100, BULK).map(hdp), 'error');
    await writeSingly(second, 200, 5);
    const blocker = await openRawConnection(url);
    await blocker.rows(`BEGIN; LOCK TABLE ${table} IN SHARE ROW EXCLUSIVE MODE`);
    const killed = expect(addBulk()).rejects.toThrow('terminating connection');
    await vi.waitUntil(async () => (await raw.rows(WAITING)).length > 0, { timeout: 10_000 });
    // Other writers do not wait for it.
    await second.hdpTasks.add(hdp(300), 'error');
    await second.servicesTasks.add(services(300), 'error');
    await raw.rows(`SELECT pg_terminate_backend(pid) FROM (${WAITING}) AS waiting`);
    await killed;
    await blocker.close();
    await expectExact();
    await addBulk();
    await expectExact();
  });
});

describe('a long import', () => {
  it.each([
    ['finished', true],
    ['undone', false],
  ] as const)('that is %s counts exactly at any time next to single writers', async (_, isFinished) => {
    const [first, second] = nodes;
    const running = {
      hdp: first.imports.hdp({ onConflict: 'error', isAtomic: true }),
      services: first.imports.services({ onConflict: 'error', isAtomic: true }),
    };
    const load = async () => {
      for (const part of range(1, 5)) {
        const numbers = range(10_000 * part, 200);
        const isLast = isFinished && part === 5;
        await running.hdp.addBatch(numbers.map(hdp), isLast);
        await running.services.addBatch(numbers.map(services), isLast);
      }
      if (isFinished) return;
      await running.hdp.undo();
      await running.services.undo();
    };
    await verifyDuring(Promise.all([load(), writeSingly(second, 1000, 40), writeSingly(first, 2000, 40)]));
    await expectExact();
    // A fifth of the tasks of the other writers is removed.
    expect(await count('hdp_tasks')).toBe(64 + (isFinished ? 1000 : 0));
    expect(await count('services_tasks')).toBe(64 + (isFinished ? 1000 : 0));
  });
});
