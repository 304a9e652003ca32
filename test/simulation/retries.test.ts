import { monotonicFactory } from 'ulid';
import { describe, expect, it } from 'vitest';
import type { HdpStatus } from '../../src/db/model/statuses.ts';
import { openStore, type Store } from '../../src/db/open.ts';
import { simulate } from '../../src/simulation/simulation.ts';
import { addHdpTasks, NOW } from '../support/gateway.ts';
import { anHdpTask, ulid } from '../support/tasks.ts';

const TASKS = 40;
const uuids = Array.from({ length: TASKS }, (_, n) => ulid(n));
// The source chains decide what later stages report, and an import keeps them.
const imported = (uuid: string, status: HdpStatus = 'Received') =>
  anHdpTask({ uuid, status, dataSourceChains: ['0x1'] });

/** Creates a database, and a clock that advances when the simulation sleeps. */
async function open() {
  const store = openStore(':memory:');
  await store.migrate();
  let now = NOW;
  const newUlid = monotonicFactory();
  return {
    store,
    run: () =>
      simulate({
        store,
        seed: 1,
        speed: 1,
        tasks: 0,
        once: true,
        now: () => now,
        newUlid,
        sleep: async (ms) => {
          now += ms;
        },
        isStopping: () => false,
      }),
    retry: (uuid: string) => store.hdpTaskLifecycle.retry(uuid, { now, newUlid }),
  };
}

type Database = Awaited<ReturnType<typeof open>>;

/** Creates a task as a client does, so that it has a first transition to Received. */
async function create({ store }: Database, uuid: string): Promise<void> {
  const ids = [uuid];
  const newUlid = monotonicFactory();
  await store.hdpTaskLifecycle.create(
    {
      task: { destinationChainId: '11155111', contractClassHash: '0x1234', dataSourceChains: '["0x1"]' },
      details: { input: '{}', taskInputs: null, isMock: false, webhookUrl: null, keyId: null },
    },
    { now: NOW, newUlid: (now) => ids.pop() ?? newUlid(now) },
  );
}

/** Returns the reports of a task since its last retry. */
async function attemptOf({ store }: { store: Store }, uuid: string) {
  const transitions = (await store.hdpTaskLifecycle.listTransitions(uuid)) ?? [];
  const start = transitions.findLastIndex(({ toStatus }) => toStatus === 'Received');
  return transitions.slice(start + 1).map(({ toStatus, report }) => [toStatus, report]);
}

async function failedIn({ store }: Database): Promise<string[]> {
  const runs = await Promise.all(uuids.map((uuid) => store.hdpTaskLifecycle.find(uuid)));
  return runs.flatMap((run) => (run?.task.status.endsWith('Failed') ? run.task.uuid : []));
}

describe('the retries of a task in the simulation', () => {
  it('give an imported task the same attempts as a created one', async () => {
    const other = await open();
    const made = await open();
    await addHdpTasks(other.store, ...uuids.map((uuid) => imported(uuid)));
    for (const uuid of uuids) await create(made, uuid);
    let retried = uuids;
    for (let attempt = 0; attempt < 3; attempt += 1) {
      for (const database of [other, made]) await database.run();
      for (const uuid of retried) {
        const expected = await attemptOf(made, uuid);
        expect(expected.length).toBeGreaterThan(0);
        expect(await attemptOf(other, uuid)).toEqual(expected);
      }
      retried = await failedIn(made);
      for (const uuid of retried) for (const { retry } of [other, made]) await retry(uuid);
    }
  });

  it('give an imported task another attempt each time', async () => {
    const other = await open();
    await addHdpTasks(other.store, ...uuids.map((uuid) => imported(uuid)));
    await other.run();
    const failed = await failedIn(other);
    expect(failed.length).toBeGreaterThan(3);
    const first = await Promise.all(failed.map((uuid) => attemptOf(other, uuid)));
    for (const uuid of failed) await other.retry(uuid);
    await other.run();
    // Few of them fail again, and hardly any at the same stage.
    expect((await failedIn(other)).length).toBeLessThan(failed.length / 2);
    for (const [n, uuid] of failed.entries()) expect(await attemptOf(other, uuid)).not.toEqual(first[n]);
  });

  it('count from the import of a failed task, whose earlier attempt is unknown', async () => {
    const made = await open();
    for (const uuid of uuids) await create(made, uuid);
    await made.run();
    const failed = await failedIn(made);
    const other = await open();
    await addHdpTasks(other.store, ...failed.map((uuid) => imported(uuid, 'DryRunFailed')));
    for (const uuid of failed) for (const { retry } of [made, other]) await retry(uuid);
    for (const database of [made, other]) await database.run();
    for (const uuid of failed) {
      // A dry run reports only values that the task does not have yet.
      const others = (await attemptOf(made, uuid)).filter(([status]) => status !== 'DryRunCompleted');
      expect(await attemptOf(other, uuid)).toEqual(expect.arrayContaining(others));
    }
  });
});
