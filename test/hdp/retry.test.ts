import { describe } from 'vitest';
import type { HdpStatus } from '../../src/db/model/statuses.ts';
import { addHdpTasks, asKey, type Gateway } from '../support/gateway.ts';
import { type Scenario, testScenarios } from '../support/scenarios.ts';
import { anHdpTask, ulid } from '../support/tasks.ts';

const UNKNOWN_UUID = ulid(99);
const client = ({ store }: Gateway) => asKey(store, 'client');

describe('POST /tasks/{uuid}/retry', () => {
  const retry = (status: HdpStatus, rest: Omit<Scenario, 'url' | 'method' | 'send'>): Scenario => ({
    url: `http://hdp.test/tasks/${ulid(1)}/retry`,
    method: 'POST',
    setUp: async (gateway: Gateway) => {
      await addHdpTasks(gateway.store, anHdpTask({ status }));
      return client(gateway);
    },
    ...rest,
  });
  testScenarios(undefined, [
    ...(['Received', 'TraceGenStarted', 'TraceGenCompleted', 'TaskDecommitmentCompleted'] as const).map(
      (status) =>
        retry(status, {
          name: `rejects a task that is at ${status}`,
          status: 400,
          body: { error: `Only a failed task can be retried; this one is at ${status}.` },
        }),
    ),
    retry('DryRunFailed', {
      name: 'resets a failed task',
      status: 200,
      body: { message: 'Task has been queued for retry', status: 'accepted', uuid: ulid(1) },
    }),
    {
      name: 'returns 404 with the key uuid for an unknown task',
      url: `http://hdp.test/tasks/${UNKNOWN_UUID}/retry`,
      method: 'POST',
      setUp: client,
      status: 404,
      body: { error: 'Task not found', uuid: UNKNOWN_UUID },
    },
    {
      name: 'returns 405 for GET',
      url: `http://hdp.test/tasks/${ulid(1)}/retry`,
      status: 405,
      responseHeaders: { allow: 'POST' },
    },
  ]);
});
