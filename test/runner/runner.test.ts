import { describe, expect, it } from 'vitest';
import { createBlockingAction, logLinesAction, TEST_ACTIONS } from '../support/actions.ts';
import { addServicesTasks, NOW } from '../support/gateway.ts';
import { createTestRunner } from '../support/runner.ts';
import {
  createManualWait,
  createRecordingAction,
  messagesOf,
  openTaskStore,
  statusOf,
  taskDueAt,
} from '../support/runner-tasks.ts';
import { aServicesTask } from '../support/tasks.ts';

const now = () => NOW;

describe('a runner', () => {
  it('runs the READY tasks that are due and whose action it supports, oldest first', async () => {
    const { action, taskIds } = createRecordingAction();
    const store = await openTaskStore(
      taskDueAt(1, '2026-06-01T11:00:00Z', 'record'),
      taskDueAt(2, '2026-06-01T13:30:00+02:00', 'record'),
      taskDueAt(3, '2026-06-01T10:00:00Z', 'record'),
      taskDueAt(4, '2026-06-01T12:00:01Z', 'record'),
      taskDueAt(5, '2026-05-01T10:00:00Z', 'bulk issue rewards'),
      { ...taskDueAt(6, '2026-05-01T10:00:00Z', 'record'), state: { code: 'INPROGRESS' } },
      { ...taskDueAt(7, '2026-05-01T10:00:00Z', 'record'), state: { code: 'DONE' } },
      { ...taskDueAt(9, '2026-06-01T10:00:00Z', 'record'), chain: 9 },
    );
    const runner = createTestRunner(store, [action], { now });
    runner.start();
    await expect.poll(taskIds).toEqual([3, 9, 1, 2]);
    await runner.stop();
    expect(await statusOf(store, 3)).toBe('DONE');
    expect(await Promise.all([4, 5, 6, 7].map((id) => statusOf(store, id)))).toEqual([
      'READY',
      'READY',
      'INPROGRESS',
      'DONE',
    ]);
  });

  it('polls once per second while no task is due', async () => {
    const store = await openTaskStore();
    const timer = createManualWait();
    const runner = createTestRunner(store, [logLinesAction], { now, wait: timer.wait });
    runner.start();
    await expect.poll(() => timer.durationsMs).toEqual([1000]);
    await addServicesTasks(store, aServicesTask(taskDueAt(1, '2026-06-01T11:00:00Z')));
    timer.wake();
    await expect.poll(() => statusOf(store, 1)).toBe('DONE');
    await runner.stop();
  });

  it('runs no more tasks in parallel than its limit', async () => {
    const blocking = createBlockingAction();
    const store = await openTaskStore(
      ...[1, 2, 3].map((id) => taskDueAt(id, '2026-06-01T11:00:00Z', 'held')),
    );
    const runner = createTestRunner(store, [blocking.action], { now });
    runner.start();
    await expect.poll(() => statusOf(store, 2)).toBe('INPROGRESS');
    expect(await statusOf(store, 3)).toBe('READY');
    blocking.unblock();
    await expect.poll(() => statusOf(store, 3)).toBe('DONE');
    await runner.stop();
  });

  it('runs other tasks after one has failed, and reports the error only to the server log', async () => {
    const store = await openTaskStore(
      taskDueAt(1, '2026-06-01T10:00:00Z', 'crash'),
      taskDueAt(2, '2026-06-01T11:00:00Z', 'talk'),
    );
    const errors: unknown[] = [];
    const runner = createTestRunner(store, TEST_ACTIONS, { now, onError: (error) => errors.push(error) });
    runner.start();
    await expect.poll(() => statusOf(store, 2)).toBe('DONE');
    await runner.stop();
    expect(await statusOf(store, 1)).toBe('ERROR');
    expect(errors).toEqual([new Error('SELECT secret FROM /path')]);
  });

  it('ends a run that exceeds the time limit in ERROR', async () => {
    const blocking = createBlockingAction();
    const store = await openTaskStore(taskDueAt(1, '2026-06-01T11:00:00Z', 'held'));
    const runner = createTestRunner(store, [blocking.action], { now, runTimeoutMs: 20 });
    expect(await runner.execute(1764, 1)).toMatchObject({ task: { status: 'ERROR' } });
    expect(await messagesOf(store, 1)).toEqual([
      'The run took longer than 0.02 s and was ended; RUN_TIMEOUT sets the limit.',
    ]);
  });

  it('warns once in the log of a due task whose action no runner supports', async () => {
    const store = await openTaskStore(
      taskDueAt(1, '2026-06-01T11:00:00Z', 'reindex'),
      taskDueAt(2, '2026-06-01T12:00:01Z', 'reindex'),
      { id: 3, trigger: { once: '2026-06-01T11:00:00Z' }, target: {} },
      ...Array.from({ length: 150 }, (_, index) => taskDueAt(10 + index, '2026-06-01T11:00:00Z', 'abc')),
    );
    const timer = createManualWait();
    const polls = () => timer.durationsMs.filter((milliseconds) => milliseconds === 1000).length;
    const runner = createTestRunner(store, [logLinesAction], { now, wait: timer.wait });
    runner.start();
    for (let poll = 1; poll <= 12; poll += 1) {
      await expect.poll(polls).toBe(poll);
      if (poll === 6) {
        await addServicesTasks(store, aServicesTask(taskDueAt(5, '2020-01-01T00:00:00Z', 'reindex')));
      }
      timer.wake();
    }
    await runner.stop();
    const warning = ['No runner supports the action of this task. Supported actions: talk.'];
    for (const id of [1, 3, 5, 10, 109, 110, 159]) expect(await messagesOf(store, id)).toEqual(warning);
    expect(await messagesOf(store, 2)).toEqual([]);
  });

  it('writes every log entry of a run, in order', async () => {
    const store = await openTaskStore({ id: 1, target: { action: 'talk', lines: 50 } });
    const runner = createTestRunner(store, [logLinesAction], { now });
    await runner.execute(1764, 1);
    const expected = Array.from({ length: 50 }, (_, line) => `line ${line + 1}`);
    expect((await messagesOf(store, 1)).reverse()).toEqual(expected);
  });
});

describe('the end of a task with trigger.repeat', () => {
  it('creates the next task after DONE and after ERROR, and leaves the ended task unchanged', async () => {
    const repeated = { once: '2026-06-01T11:00:00Z', repeat: 'daily', extra: 1 };
    const store = await openTaskStore(
      { id: 1, trigger: repeated, target: { action: 'talk' }, debug: 'x', desc: 'Every day' },
      { id: 2, trigger: repeated, target: { action: 'refuse' } },
    );
    const runner = createTestRunner(store, TEST_ACTIONS, { now });
    runner.start();
    await expect.poll(() => statusOf(store, 4)).toBe('READY');
    await runner.stop();
    // The two runs can end in any order.
    const next = await Promise.all([3, 4].map((id) => store.servicesTaskLifecycle.find(1764, id)));
    expect(next.find((task) => task?.description === 'Every day')).toMatchObject({
      debug: 'x',
      trigger: '{"once":"2026-06-02T11:00:00Z","repeat":"daily","extra":1}',
      target: '{"action":"talk"}',
      version: 0,
      result: null,
      lastRunAt: null,
    });
    expect(await statusOf(store, 1)).toBe('DONE');
    expect(await store.verify()).toEqual([]);
  });

  it('creates no next task if the run was a rerun, even one that was interrupted', async () => {
    const trigger = { once: '2026-06-01T11:00:00Z', repeat: 'daily' };
    const store = await openTaskStore({
      id: 1,
      trigger,
      target: { action: 'talk' },
      state: { code: 'DONE' },
    });
    await store.taskRuns.claim(1764, 1, ['talk'], { run: 'gone', leaseMs: 0 });
    const runner = createTestRunner(store, TEST_ACTIONS, { now });
    expect(await runner.execute(1764, 1)).toMatchObject({ task: { status: 'DONE', version: 2 } });
    expect(await store.servicesTaskLifecycle.find(1764, 2)).toBeUndefined();
  });
});
