import { describe, expect, it } from 'vitest';
import type { HdpStatus } from '../../src/db/model/statuses.ts';
import { addHdpTasks, asKey, createTestGateway, type Gateway } from '../support/gateway.ts';
import { type Scenario, testScenarios } from '../support/scenarios.ts';
import { anHdpTask, ulid } from '../support/tasks.ts';

const UNKNOWN_UUID = ulid(99);
const processor = ({ store }: Gateway) => asKey(store, 'processor');

describe('POST /tasks/{uuid}/transitions', () => {
  const rejectsAt = (status: HdpStatus, requestBody: unknown, expected: number, error: string): Scenario => ({
    name: `returns ${expected} for ${JSON.stringify(requestBody).slice(0, 70)} at ${status}`,
    setUp: async (gateway) => {
      await addHdpTasks(gateway.store, anHdpTask({ status }));
      return processor(gateway);
    },
    url: `http://hdp.test/tasks/${ulid(1)}/transitions`,
    method: 'POST',
    requestBody,
    status: expected,
    body: { error },
  });
  const rejects = (requestBody: unknown, error: string) => rejectsAt('Received', requestBody, 400, error);
  const TO_STATUS_RULE =
    'to_status must be Started, Completed or Failed after one of DryRun, ChainProofsFetch, TraceGen, AtlanticProving, TaskDecommitment.';
  const MMR_RULE = 'must be an object with id, root, size, chain_id and hashing_function alone';
  const mmr = { id: '1', root: '0x1', size: 7, chain_id: '0x1', hashing_function: 'keccak' };
  const withMmr = (changes: object) => ({
    to_status: 'ChainProofsFetchCompleted',
    mmrs: [{ ...mmr, ...changes }],
  });
  testScenarios(undefined, [
    rejects({}, TO_STATUS_RULE),
    rejects({ to_status: 'Received' }, TO_STATUS_RULE),
    rejects({ to_status: 1 }, TO_STATUS_RULE),
    rejects([], 'The body must be an object.'),
    rejects('', 'The body must be valid JSON.'),
    rejects({ to_status: 'DryRunStarted', error_message: 'x' }, 'The body must have no key but to_status.'),
    rejects(
      { to_status: 'TraceGenCompleted', output: '0x1' },
      'The body must have no key but to_status, output_tree_root, output_preimage.',
    ),
    rejects({ to_status: 'DryRunFailed' }, 'error_message must be a string.'),
    rejects({ to_status: 'DryRunFailed', error_message: '' }, 'error_message must not be empty.'),
    rejects({ to_status: 'TaskDecommitmentCompleted' }, 'transaction_hash must be a string.'),
    rejects(
      { to_status: 'DryRunCompleted', data_source_chains: 'x' },
      'data_source_chains must be an array of strings.',
    ),
    rejects(
      { to_status: 'DryRunCompleted', data_source_chains: [1] },
      'data_source_chains.0 must be a string.',
    ),
    rejects({ to_status: 'DryRunCompleted', task_inputs: [] }, 'task_inputs must be an object.'),
    rejects(
      '{"to_status":"DryRunStarted","to_status":"DryRunStarted"}',
      'The body has the key "to_status" twice.',
    ),
    rejects({ to_status: 'ChainProofsFetchCompleted', mmrs: {} }, 'mmrs must be an array.'),
    rejects({ to_status: 'ChainProofsFetchCompleted', mmrs: [1] }, `mmrs.0 ${MMR_RULE}.`),
    rejects(withMmr({ extra: 1 }), `mmrs.0 ${MMR_RULE}.`),
    rejects(withMmr({ size: -1 }), 'mmrs.0.size must be an integer from 0 to 9007199254740991.'),
    rejects(withMmr({ size: 1.5 }), 'mmrs.0.size must be an integer from 0 to 9007199254740991.'),
    rejects(withMmr({ hashing_function: 'sha' }), 'mmrs.0.hashing_function must be one of poseidon, keccak.'),
    rejectsAt(
      'Received',
      { to_status: 'DryRunCompleted' },
      409,
      'The task is at Received, and only DryRunStarted may follow.',
    ),
    rejectsAt(
      'DryRunStarted',
      { to_status: 'DryRunStarted' },
      409,
      'The task is at DryRunStarted, and only DryRunCompleted or DryRunFailed may follow.',
    ),
    rejectsAt(
      'DryRunFailed',
      { to_status: 'ChainProofsFetchStarted' },
      409,
      'The task is at DryRunFailed, and nothing may follow before a retry.',
    ),
    rejectsAt(
      'TaskDecommitmentCompleted',
      { to_status: 'DryRunStarted' },
      409,
      'The task is at TaskDecommitmentCompleted, and nothing may follow.',
    ),
    {
      name: 'returns 404 for an unknown task',
      url: `http://hdp.test/tasks/${UNKNOWN_UUID}/transitions`,
      method: 'POST',
      requestBody: { to_status: 'DryRunStarted' },
      setUp: processor,
      status: 404,
      body: { error: 'Task not found', taskId: UNKNOWN_UUID },
    },
  ]);

  it('accepts the same transition again with its keys in any order, and rejects other content', async () => {
    const gateway = await createTestGateway();
    await addHdpTasks(gateway.store, anHdpTask({ status: 'DryRunStarted' }));
    const headers = { ...(await processor(gateway)), 'Content-Type': 'application/json' };
    const postTransition = async (text: string) => {
      const response = await gateway.app.request(`http://hdp.test/tasks/${ulid(1)}/transitions`, {
        method: 'POST',
        headers,
        body: text,
      });
      return { status: response.status, body: await response.json() };
    };
    const first = await postTransition(
      '{"to_status":"DryRunCompleted","task_hash":"0x1","task_inputs":{"a":1,"b":[2]}}',
    );
    expect(first).toMatchObject({
      status: 200,
      body: { task_id: ulid(1), from_status: 'DryRunStarted', to_status: 'DryRunCompleted' },
    });
    const repeated = '{ "task_inputs":{"b":[2],"a":1.0}, "task_hash":"0x1","to_status":"DryRunCompleted"}';
    expect(await postTransition(repeated)).toEqual(first);
    await postTransition('{"to_status":"ChainProofsFetchStarted"}');
    expect(await postTransition(repeated)).toEqual(first);
    expect(await postTransition('{"to_status":"DryRunCompleted","task_hash":"0x2"}')).toEqual({
      status: 409,
      body: { error: 'DryRunCompleted was already reported with different content.' },
    });
    expect(await gateway.store.hdpTaskLifecycle.listTransitions(ulid(1))).toHaveLength(2);
  });
});
