import { describe, expect, it } from 'vitest';
import type { Action } from '../../src/actions/action.ts';
import { createBlockingAction, logLinesAction } from '../support/actions.ts';
import { NOW } from '../support/gateway.ts';
import { createTestRunner } from '../support/runner.ts';
import { openTaskStore, statusOf, taskDueAt } from '../support/runner-tasks.ts';

const now = () => NOW;

describe('tasks that clients execute', () => {
  it('leave room for due tasks', async () => {
    const blocking = createBlockingAction();
    const store = await openTaskStore(
      ...[1, 2, 3].map((id) => taskDueAt(id, '2026-07-01T00:00:00Z', 'held')),
      taskDueAt(4, '2026-06-01T11:00:00Z'),
    );
    const runner = createTestRunner(store, [blocking.action, logLinesAction], { now, parallel: 1 });
    const executions = [1, 2, 3].map((id) => runner.execute(1764, id));
    await blocking.started;
    runner.start();
    await expect.poll(() => statusOf(store, 4)).toBe('DONE');
    blocking.unblock();
    expect(await Promise.all(executions)).toMatchObject([1, 2, 3].map((id) => ({ task: { id } })));
    await runner.stop();
  });

  it('run no more in parallel than the limit', async () => {
    let running = 0;
    let maxRunning = 0;
    const action: Action = {
      name: 'record',
      async run() {
        running += 1;
        maxRunning = Math.max(maxRunning, running);
        await new Promise((resolve) => setTimeout(resolve, 5));
        running -= 1;
        return { result: '' };
      },
    };
    const store = await openTaskStore(
      ...[1, 2, 3].map((id) => taskDueAt(id, '2026-07-01T00:00:00Z', 'record')),
    );
    const runner = createTestRunner(store, [action], { now, parallel: 1 });
    await Promise.all([1, 2, 3].map((id) => runner.execute(1764, id)));
    expect(maxRunning).toBe(1);
  });

  it('are rejected above the limit of their chain, while other chains are accepted', async () => {
    const blocking = createBlockingAction();
    const ids = Array.from({ length: 21 }, (_, index) => index + 1);
    const store = await openTaskStore(...ids.map((id) => taskDueAt(id, '2026-07-01T00:00:00Z', 'held')), {
      ...taskDueAt(30, '2026-07-01T00:00:00Z', 'held'),
      chain: 9,
    });
    const runner = createTestRunner(store, [blocking.action], { now });
    const executions = ids.slice(1).map((id) => runner.execute(1764, id));
    await expect(runner.execute(1764, 1)).rejects.toThrow('Too many tasks are being executed.');
    const otherChain = runner.execute(9, 30);
    blocking.unblock();
    expect(await otherChain).toMatchObject({ task: { status: 'DONE' } });
    expect(await Promise.all(executions)).toHaveLength(20);
    expect(await runner.execute(1764, 1)).toMatchObject({ task: { status: 'DONE' } });
  });
});
