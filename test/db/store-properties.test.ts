/** Random operations on two connections to one file, compared with plain objects after each round. */
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { SERVICES_STATUSES } from '../../src/db/model/statuses.ts';
import type { Store } from '../../src/db/open.ts';
import type { Scope } from '../../src/db/store.ts';
import { describeDialects, type TestDatabase } from '../support/dialects.ts';
import { expectHdpFigures, expectServicesFigures, type TransitionColumns } from '../support/figure-counts.ts';
import { NOW } from '../support/gateway.ts';
import { createHdpModel, type HdpModel, hdpOperation, startHdpOperation } from '../support/hdp-model.ts';
import { fold } from '../support/model.ts';
import {
  ACTIONS,
  assignFollowerIds,
  CAMPAIGNS,
  CHAINS,
  createServicesModel,
  type ServicesModel,
  servicesOperation,
  startServicesOperation,
} from '../support/services-model.ts';
import { ulid } from '../support/tasks.ts';

/** Operations that start together. Each API uses one connection, so that their order is known. */
const round = fc.record({
  servicesStore: fc.nat(1),
  services: fc.array(servicesOperation, { maxLength: 6, size: 'max' }),
  hdpStore: fc.nat(1),
  hdp: fc.array(hdpOperation, { maxLength: 6, size: 'max' }),
  /** The action of the first connection while the writes wait. */
  maintenance: fc.oneof(
    { weight: 5, arbitrary: fc.constant('none' as const) },
    { weight: 3, arbitrary: fc.constant('index' as const) },
    { weight: 1, arbitrary: fc.constant('repair' as const) },
  ),
  /** The connection that is closed and reopened afterwards. */
  reopened: fc.option(fc.nat(1), { freq: 3 }),
  slice: fc.record({ limit: fc.integer({ min: 1, max: 9 }), offset: fc.nat(12) }),
});
type Round = typeof round extends fc.Arbitrary<infer T> ? T : never;

const SCOPES: Scope[] = ['hdp', 'access', ...CHAINS.map((chain): Scope => `services ${chain}`)];
const TERMS = [
  '0',
  '1',
  'v',
  '01',
  'V',
  '01j',
  'JPJ03YJT',
  'vault',
  'VAULT 01',
  'É',
  '0xab',
  '%',
  '_',
  '1a',
  '0000',
  'zz',
];
const EVERYTHING = { limit: 1000, offset: 0 };
/** Small blocks, so that few tasks fill many. The clock stands: no lease ends, and no follower is due. */
const OPTIONS = { blockSize: 2, leaseClock: () => NOW };

/** Times at which tasks are created. */
const CREATION_TIMES = [0, NOW * 1000, NOW * 2000];

/** Every combination of filters of a Services list. */
const FILTERS = [undefined, ...SERVICES_STATUSES].flatMap((status) =>
  [undefined, ...ACTIONS].flatMap((action) =>
    [undefined, ...CAMPAIGNS].map((campaign) => ({ status, action, campaign })),
  ),
);

async function expectServicesLists(
  { servicesTasks }: Store,
  { tasks }: ServicesModel,
  slice: Round['slice'],
) {
  const all = [...tasks.values()].sort((a, b) => a.id - b.id);
  const differing: unknown[] = [];
  for (const chain of CHAINS) {
    const ofChain = all.filter((task) => task.chain === chain);
    for (const filter of FILTERS) {
      const { status, action, campaign } = filter;
      const matching = ofChain.filter(
        (task) =>
          (status === undefined || task.status === status) &&
          (action === undefined || task.action === action) &&
          (campaign === undefined || task.campaign === campaign),
      );
      const expected = matching.slice(slice.offset, slice.offset + slice.limit).map(({ id }) => id);
      const { rows, total } = await servicesTasks.list(chain, filter, slice);
      const ids = rows.map(({ id }) => id);
      if (total !== matching.length || ids.join() !== expected.join())
        differing.push({ chain, filter, total, expected: matching.length, ids });
    }
  }
  expect(differing).toEqual([]);
}

async function expectHdpLists({ hdpTasks }: Store, { tasks, ulids }: HdpModel, slice: Round['slice']) {
  const all = [...tasks.values()].sort((a, b) => b.createdAt - a.createdAt || (a.uuid < b.uuid ? 1 : -1));
  const differing: unknown[] = [];
  for (const term of ['', ...TERMS, ulid(ulids), ulid(3).slice(-3)]) {
    const matching = all.filter(({ uuid, programHash, programName }) =>
      [uuid, programHash, programName].some((text) => text !== null && fold(text).includes(fold(term))),
    );
    for (const page of [slice, EVERYTHING]) {
      const { rows, total } = await hdpTasks.list(term, page);
      const uuids = rows.map(({ uuid }) => uuid);
      const expected = matching.slice(page.offset, page.offset + page.limit).map(({ uuid }) => uuid);
      if (total !== matching.length || uuids.join() !== expected.join())
        differing.push({ term, total, expected: matching.length, uuids });
    }
  }
  expect(differing).toEqual([]);
}

const SERVICES_CHILDREN = ['services_logs', 'services_leases', 'services_files'];
const HDP_CHILDREN = ['hdp_transitions', 'hdp_task_details', 'hdp_mmrs', 'hdp_webhooks'];

/** Reads the rows past the store. */
function createReader({ query }: TestDatabase) {
  const tables = [...SERVICES_CHILDREN, ...HDP_CHILDREN];
  return {
    servicesIds: async () => (await query<[number]>('SELECT id FROM services_tasks ORDER BY id')).flat(),
    programs: async () => (await query<[string]>('SELECT identity FROM hdp_programs')).flat(),
    transitions: () =>
      query<TransitionColumns>(
        'SELECT task, from_status, to_status, created_at FROM hdp_transitions ORDER BY task, id',
      ),
    hdpIds: async () => new Map(await query<[string, number]>('SELECT uuid, id FROM hdp_tasks ORDER BY id')),
    /** The number of rows by table and task. */
    async children() {
      const counts: Map<number, number>[] = [];
      for (const table of tables)
        counts.push(
          new Map(await query<[number, number]>(`SELECT task, count(*) FROM ${table} GROUP BY task`)),
        );
      return counts;
    },
  };
}
type Reader = ReturnType<typeof createReader>;

const withoutZeros = (counts: [number, number][]) => new Map(counts.filter(([, count]) => count > 0));

/** Expects exactly the child rows of existing tasks. */
async function expectChildren(reader: Reader, services: ServicesModel, hdp: HdpModel): Promise<void> {
  const tasks = [...services.tasks.values()];
  const ids = await reader.hdpIds();
  const hdpTasks = [...hdp.tasks.values()].map((task) => ({ ...task, id: ids.get(task.uuid) ?? 0 }));
  expect(await reader.children()).toEqual([
    withoutZeros(tasks.map(({ id, logs }) => [id, logs])),
    withoutZeros(tasks.map(({ id, lease }) => [id, lease === undefined ? 0 : 1])),
    withoutZeros(tasks.map(({ id, hasFile }) => [id, Number(hasFile)])),
    withoutZeros(hdpTasks.map(({ id, history }) => [id, history.length])),
    withoutZeros(hdpTasks.map(({ id, hasDetails }) => [id, Number(hasDetails)])),
    withoutZeros(hdpTasks.map(({ id, mmrs }) => [id, mmrs])),
    withoutZeros(hdpTasks.map(({ id, webhooks }) => [id, webhooks])),
  ]);
}

async function versionsOf(store: Store): Promise<number[]> {
  await store.confirm?.(SCOPES);
  return SCOPES.map((scope) => store.scopeVersion([scope]));
}

/** @param ordersWrites true if writes that start together are done in their order */
async function play(rounds: readonly Round[], database: TestDatabase, ordersWrites: boolean): Promise<void> {
  const stores = [
    database.openStore(OPTIONS),
    database.openStore(OPTIONS),
  ] as const satisfies readonly Store[];
  const opened: Store[] = [...stores];
  const storeAt = (index: number) => opened[index] ?? stores[0];
  const reader = createReader(database);
  const [services, hdp] = [createServicesModel(), createHdpModel()];
  let runs = 0;
  let highestHdpId = 0;
  try {
    for (const { servicesStore, hdpStore, maintenance, reopened, slice, ...operations } of rounds) {
      const before = [await versionsOf(storeAt(0)), await versionsOf(storeAt(1))];
      const hdpBefore = await reader.hdpIds();
      const newest = [...hdpBefore.keys()].at(-1);
      const starts = [
        ...operations.services.map((operation) => () => {
          runs += 1;
          return startServicesOperation(services, operation, storeAt(servicesStore), `run-${runs}`);
        }),
        ...operations.hdp.map(
          (operation) => () => startHdpOperation(hdp, operation, storeAt(hdpStore), newest),
        ),
      ];
      const checks: ReturnType<(typeof starts)[number]>[] = [];
      for (const start of starts) {
        const check = start();
        if (ordersWrites) checks.push(check);
        else await check();
      }
      if (maintenance === 'index') await storeAt(0).index(3);
      if (maintenance === 'repair') await storeAt(0).repair();
      for (const check of checks) await check();
      assignFollowerIds(services, await reader.servicesIds());

      const all = maintenance === 'repair' ? SCOPES : [...services.changed, ...hdp.changed];
      const expected = SCOPES.filter((scope) => all.includes(scope));
      for (const [index, versions] of before.entries()) {
        const after = await versionsOf(storeAt(index));
        expect(SCOPES.filter((_, n) => after[n] !== versions[n])).toEqual(expected);
      }
      services.changed.clear();
      hdp.changed.clear();

      const hdpAfter = await reader.hdpIds();
      expect([...hdpAfter.keys()].sort()).toEqual([...hdp.tasks.keys()].sort());
      for (const [uuid, id] of hdpAfter)
        if (hdpBefore.get(uuid) !== id) expect(id).toBeGreaterThan(highestHdpId);
      highestHdpId = Math.max(highestHdpId, ...hdpAfter.values());
      await expectChildren(reader, services, hdp);
      // A program stays after its last task is deleted. A rejected task adds no program.
      expect((await reader.programs()).sort()).toEqual([...hdp.programs].sort());
      // Each connection reads the writes of the other one.
      await expectServicesLists(storeAt(1 - servicesStore), services, slice);
      await expectHdpLists(storeAt(1 - hdpStore), hdp, slice);
      for (const chain of CHAINS)
        await expectServicesFigures(storeAt(1 - servicesStore), chain, [...services.tasks.values()]);
      const transitions = await reader.transitions();
      for (const time of CREATION_TIMES)
        await expectHdpFigures(storeAt(1 - hdpStore), [...hdp.tasks.values()], transitions, time);
      expect(await storeAt(servicesStore).verify()).toEqual([]);
      if (reopened !== null) {
        await storeAt(reopened).close();
        opened[reopened] = database.openStore(OPTIONS);
      }
    }
  } finally {
    for (const store of opened) await store.close();
  }
}

describeDialects('the store', ({ createDatabase, ordersWrites }) => {
  it('matches a plain model after any concurrent operations of two connections', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(round, { minLength: 1, maxLength: 8, size: 'max' }), async (rounds) => {
        const database = await createDatabase();
        try {
          await play(rounds, database, ordersWrites);
        } finally {
          await database.remove();
        }
      }),
      { numRuns: 25 },
    );
  }, 180_000);
});
