import { describe, expect, it } from 'vitest';
import { NOW } from '../support/gateway.ts';
import { createTestRunner, LEASE_MS } from '../support/runner.ts';
import { createRecordingAction, openTaskStore, taskDueAt } from '../support/runner-tasks.ts';

const now = () => NOW;

describe('claims of several chains', () => {
  it('alternate between the chains that have due tasks', async () => {
    const { action, chains } = createRecordingAction();
    const tasksOf = (chain: number, ...ids: number[]) =>
      ids.map((id) => ({ ...taskDueAt(id, `2026-06-01T0${chain}:00:00Z`, 'record'), chain }));
    const store = await openTaskStore(
      ...tasksOf(1, 1, 2, 3, 4),
      ...tasksOf(2, 11, 12),
      ...tasksOf(5, 21, 22, 23),
    );
    const runner = createTestRunner(store, [action], { now, parallel: 1 });
    runner.start();
    await expect.poll(chains).toEqual([1, 2, 5, 1, 2, 5, 1, 5, 1]);
    await runner.stop();
  });

  it.each([
    ['300 chains with future tasks', 300, 400, [150, 280, 20]],
    ['3000 chains with future tasks', 3000, 400, [150, 280, 20]],
    // The search for the next chain takes three claims.
    ['3000 chains with future tasks and 1100 due ones', 3000, 1100, [150, 280, 150, 150, 20]],
  ])('reach each chain soon among %s', async (_, chains, backlogSize, expected) => {
    const future = Array.from({ length: chains }, (_, index) => ({
      ...taskDueAt(index + 1, '2027-01-01T00:00:00Z'),
      chain: index + 1,
    }));
    const backlog = Array.from({ length: backlogSize }, (_, index) => ({
      ...taskDueAt(10_000 + index, '2020-01-01T00:00:00Z'),
      chain: 150,
    }));
    const others = [20, 280].map((chain) => ({
      ...taskDueAt(20_000 + chain, '2021-01-01T00:00:00Z'),
      chain,
    }));
    const store = await openTaskStore(...future, ...backlog, ...others);
    const claimed: number[] = [];
    while (claimed.length < expected.length) {
      const claim = { run: `run-${claimed.length}`, leaseMs: LEASE_MS };
      const next = await store.taskRuns.claimNext(['talk'], claim, claimed.at(-1));
      claimed.push(next?.task.chain ?? 0);
    }
    expect(claimed).toEqual(expected);
    await store.close();
  });

  it('find nothing in an empty database, and nothing without actions', async () => {
    const store = await openTaskStore();
    const claim = { run: 'r', leaseMs: LEASE_MS };
    expect(await store.taskRuns.claimNext(['a', 'b'], claim)).toBeUndefined();
    expect(await store.taskRuns.claimNext([], claim)).toBeUndefined();
  });
});
