import { describe, expect, it } from 'vitest';
import type { HdpStatus } from '../../src/db/model/statuses.ts';
import { addHdpTasks, asKey, createTestGateway } from '../support/gateway.ts';
import { anHdpTask, ulid } from '../support/tasks.ts';

/** Creates a gateway with one task and returns functions that read the task and report its transitions. */
async function gatewayWithTask(status: HdpStatus) {
  const { app, store } = await createTestGateway();
  await addHdpTasks(store, anHdpTask({ status }));
  const headers = { ...(await asKey(store, 'processor')), 'Content-Type': 'application/json' };
  return {
    store,
    get: async (path: string) => (await app.request(`http://hdp.test/tasks/${ulid(1)}/${path}`)).text(),
    postTransition: async (body: string) => {
      const url = `http://hdp.test/tasks/${ulid(1)}/transitions`;
      const response = await app.request(url, { method: 'POST', headers, body });
      return { status: response.status, body: await response.json() };
    },
  };
}

const dryRun = (inputs: string) => `{"to_status":"DryRunCompleted","task_inputs":${inputs}}`;
const proofs = (root: string, size = '7') =>
  '{"to_status":"ChainProofsFetchCompleted","mmrs":[{"id":"1","root":' +
  `${root},"size":${size},"chain_id":"0x1","hashing_function":"keccak"}]}`;

describe('a transition that is reported again', () => {
  it.each([
    [
      'different digits beyond 2^53',
      dryRun('{"block":9007199254740993}'),
      dryRun('{"block":9007199254740992}'),
    ],
    [
      'different digits of a long number',
      dryRun(`{"a":[${'1'.repeat(40)}2]}`),
      dryRun(`{"a":[${'1'.repeat(40)}3]}`),
    ],
    ['a different number too large for a double', dryRun('{"a":1e400}'), dryRun('{"a":2e400}')],
    ['a different __proto__', dryRun('{"__proto__":{"a":1}}'), dryRun('{"__proto__":{"a":2}}')],
    ['an additional __proto__', dryRun('{}'), dryRun('{"__proto__":1}')],
    ['a nested __proto__', dryRun('{"a":{}}'), dryRun('{"a":{"__proto__":{"b":1}}}')],
    ['a different value of a repeated key', dryRun('{"a":1,"a":2}'), dryRun('{"a":3,"a":2}')],
    ['no task_inputs', dryRun('{}'), '{"to_status":"DryRunCompleted"}'],
    ['a different root', proofs('"0x1"'), proofs('"0x2"')],
    [
      'a different error message',
      '{"to_status":"DryRunFailed","error_message":"a"}',
      '{"to_status":"DryRunFailed","error_message":"A"}',
    ],
  ])('is rejected with %s, and changes nothing', async (_, first, second) => {
    const toStatus = String(JSON.parse(first).to_status);
    const task = await gatewayWithTask(
      toStatus.startsWith('DryRun') ? 'DryRunStarted' : 'ChainProofsFetchStarted',
    );
    const accepted = await task.postTransition(first);
    expect(accepted.status).toBe(200);
    const before = await task.get('details');
    expect(await task.postTransition(second)).toEqual({
      status: 409,
      body: { error: `${toStatus} was already reported with different content.` },
    });
    expect(await task.get('details')).toBe(before);
    expect(await task.postTransition(first)).toEqual(accepted);
  });

  it.each([
    [
      'keys in a different order',
      dryRun('{"b":1,"a":{"2":1,"1":2}}'),
      '{"task_inputs":{"a":{"1":2,"2":1},"b":1},"to_status":"DryRunCompleted"}',
    ],
    ['different white space', dryRun('{"a":[1,2]}'), dryRun(' { "a" : [ 1 ,\n2 ] } ')],
    ['a different notation of a number', dryRun('{"a":[1,100]}'), dryRun('{"a":[1.0,1e2]}')],
    ['escaped characters', dryRun('{"é":"/"}'), dryRun('{"\\u00e9":"\\/"}')],
    [
      'keys of an MMR in a different order',
      proofs('"0x1"'),
      '{"mmrs":[{"hashing_function":"keccak","chain_id":"0x1","size":7.0,"root":"0x1","id":"1"}],"to_status":"ChainProofsFetchCompleted"}',
    ],
  ])('returns the first result with %s', async (_, first, second) => {
    const task = await gatewayWithTask(
      first.includes('DryRun') ? 'DryRunStarted' : 'ChainProofsFetchStarted',
    );
    const accepted = await task.postTransition(first);
    expect(accepted.status).toBe(200);
    expect(await task.postTransition(second)).toEqual(accepted);
    expect(await task.store.hdpTaskLifecycle.listTransitions(ulid(1))).toHaveLength(1);
  });

  it('stores the digits and keys of task_inputs unchanged', async () => {
    const task = await gatewayWithTask('DryRunStarted');
    const inputs = '{"2":9007199254740993,"__proto__":{"a":1.0},"1":1e400}';
    expect((await task.postTransition(dryRun(inputs))).status).toBe(200);
    expect(await task.get('details')).toContain(`"taskInputs":${inputs}`);
  });

  it.each([
    [
      'the body',
      '{"to_status":"DryRunStarted","__proto__":{"a":1}}',
      'Received',
      'The body must have no key but to_status.',
    ],
    [
      'an MMR',
      proofs('"0x1"').replace('"id"', '"__proto__":{"a":1},"id"'),
      'ChainProofsFetchStarted',
      'mmrs.0 must be an object with id, root, size, chain_id and hashing_function alone.',
    ],
  ] as const)('is rejected if %s has the key __proto__', async (_, body, status, error) => {
    expect(await (await gatewayWithTask(status)).postTransition(body)).toEqual({
      status: 400,
      body: { error },
    });
  });
});
