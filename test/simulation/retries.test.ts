import { describe, expect, it } from 'vitest';
import type { HdpStatus } from '../../src/db/model/statuses.ts';
import { addHdpTasks, NOW } from '../support/gateway.ts';
import { createSimulation, type Simulation } from '../support/simulation.ts';
import { anHdpTask, ulid } from '../support/tasks.ts';

const uuids = Array.from({ length: 40 }, (_, n) => ulid(n));
// Later stages depend on the source chains, so both kinds of task have the same ones.
const importedTask = (uuid: string, status: HdpStatus = 'Received') =>
  anHdpTask({ uuid, status, dataSourceChains: ['0x1'] });

/** Creates a task as the API does. Unlike an imported one, it has a transition to Received. */
async function createTask({ store, newUlid }: Simulation, uuid: string): Promise<void> {
  const ids = [uuid];
  await store.hdpTaskLifecycle.create(
    {
      task: { destinationChainId: '11155111', contractClassHash: '0x1234', dataSourceChains: '["0x1"]' },
      details: { input: '{}', taskInputs: null, isMock: false, webhookUrl: null, keyId: null },
    },
    { now: NOW, newUlid: () => ids.pop() ?? newUlid() },
  );
}

/** Returns the transitions of a task since its last retry. */
async function lastAttemptOf({ store }: Simulation, uuid: string) {
  const transitions = (await store.hdpTaskLifecycle.listTransitions(uuid)) ?? [];
  const start = transitions.findLastIndex(({ toStatus }) => toStatus === 'Received');
  return transitions.slice(start + 1).map(({ toStatus, report }) => [toStatus, report]);
}

async function listFailed({ store }: Simulation): Promise<string[]> {
  const records = await Promise.all(uuids.map((uuid) => store.hdpTaskLifecycle.find(uuid)));
  return records.flatMap((record) => (record?.task.status.endsWith('Failed') ? record.task.uuid : []));
}

describe('simulated retries', () => {
  it('have the same attempts for an imported task as for a created one', async () => {
    const imported = await createSimulation();
    const created = await createSimulation();
    await addHdpTasks(imported.store, ...uuids.map((uuid) => importedTask(uuid)));
    for (const uuid of uuids) await createTask(created, uuid);
    let retried = uuids;
    for (let attempt = 0; attempt < 3; attempt += 1) {
      for (const simulation of [imported, created]) await simulation.run();
      for (const uuid of retried) {
        const expected = await lastAttemptOf(created, uuid);
        expect(expected.length).toBeGreaterThan(0);
        expect(await lastAttemptOf(imported, uuid)).toEqual(expected);
      }
      retried = await listFailed(created);
      for (const uuid of retried) for (const { retry } of [imported, created]) await retry(uuid);
    }
  });

  it('have a different attempt each time for an imported task', async () => {
    const imported = await createSimulation();
    await addHdpTasks(imported.store, ...uuids.map((uuid) => importedTask(uuid)));
    await imported.run();
    const failed = await listFailed(imported);
    expect(failed.length).toBeGreaterThan(3);
    const first = await Promise.all(failed.map((uuid) => lastAttemptOf(imported, uuid)));
    for (const uuid of failed) await imported.retry(uuid);
    await imported.run();
    // Only few of them fail again, and most of these at another stage.
    expect((await listFailed(imported)).length).toBeLessThan(failed.length / 2);
    for (const [n, uuid] of failed.entries())
      expect(await lastAttemptOf(imported, uuid)).not.toEqual(first[n]);
  });

  it('count the failure before the import of a task as its first attempt', async () => {
    const created = await createSimulation();
    for (const uuid of uuids) await createTask(created, uuid);
    await created.run();
    const failed = await listFailed(created);
    const imported = await createSimulation();
    await addHdpTasks(imported.store, ...failed.map((uuid) => importedTask(uuid, 'DryRunFailed')));
    for (const uuid of failed) for (const { retry } of [created, imported]) await retry(uuid);
    for (const simulation of [created, imported]) await simulation.run();
    for (const uuid of failed) {
      // A dry run does not report fields that the task has already.
      const expected = (await lastAttemptOf(created, uuid)).filter(
        ([status]) => status !== 'DryRunCompleted',
      );
      expect(await lastAttemptOf(imported, uuid)).toEqual(expect.arrayContaining(expected));
    }
  });
});
