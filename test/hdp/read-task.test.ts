import { describe } from 'vitest';
import { addHdpTasks, type Gateway } from '../support/gateway.ts';
import { type Scenario, testScenarios } from '../support/scenarios.ts';
import { anHdpTask, ulid } from '../support/tasks.ts';

const UNKNOWN_UUID = ulid(99);
const RESOURCES = ['status', 'details', 'state_transitions', 'mmrs', 'output_preimage'];

describe('GET /tasks/{uuid}/… of the HDP API', () => {
  const uuid = ulid(1);
  const task = anHdpTask({ status: 'TraceGenFailed', programName: 'x"y' });
  const importTask = async ({ store }: Gateway) => {
    await addHdpTasks(store, task);
    return undefined;
  };
  const reads = (resource: string, expected: object): Scenario => ({
    name: `returns the ${resource} of an imported task`,
    setUp: importTask,
    url: `http://hdp.test/tasks/${uuid}/${resource}`,
    status: 200,
    body: { taskId: uuid, ...expected },
    responseHeaders: { 'content-type': 'application/json; charset=utf-8' },
  });
  const { uuid: _, contractClassHash: __, ...details } = task;
  testScenarios(undefined, [
    reads('status', { status: 'TraceGenFailed', errorMessage: null, updatedAt: '2024-03-17T10:24:00Z' }),
    reads('details', { ...details, outputTreeRootPreimage: null, taskInputs: null, mmrs: [] }),
    reads('state_transitions', { state_transitions: [] }),
    reads('mmrs', { mmrs: [] }),
    reads('output_preimage', { outputPreimage: null }),
    ...RESOURCES.flatMap((resource): Scenario[] => [
      {
        name: `returns 404 for the ${resource} of an unknown task`,
        url: `http://hdp.test/tasks/${UNKNOWN_UUID}/${resource}`,
        status: 404,
        body: { error: 'Task not found', taskId: UNKNOWN_UUID },
      },
      {
        name: `returns 405 for DELETE of the ${resource}`,
        url: `http://hdp.test/tasks/${uuid}/${resource}`,
        method: 'DELETE',
        status: 405,
        responseHeaders: { allow: 'GET, HEAD' },
      },
    ]),
    {
      name: 'returns the requested id with 404, even if it is no uuid',
      url: `http://hdp.test/tasks/${encodeURIComponent(`a"b' OR 1=1 --é`)}/status`,
      status: 404,
      body: { error: 'Task not found', taskId: `a"b' OR 1=1 --é` },
    },
    {
      name: 'returns 404 for an unknown resource of a task',
      url: `http://hdp.test/tasks/${uuid}/input`,
      status: 404,
      body: { error: 'Not found' },
    },
    {
      name: 'returns 404 for a task without a resource',
      url: `http://hdp.test/tasks/${uuid}`,
      status: 404,
      body: { error: 'Not found' },
    },
    {
      name: 'returns 405 for GET of transitions',
      url: `http://hdp.test/tasks/${uuid}/transitions`,
      status: 405,
      responseHeaders: { allow: 'POST' },
    },
    {
      name: 'returns 400 for a malformed percent-encoding',
      url: 'http://hdp.test/tasks/%zz/status',
      status: 400,
    },
  ]);
});
