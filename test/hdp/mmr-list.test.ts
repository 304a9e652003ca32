import Database from 'better-sqlite3';
import { describe, expect, it, vi } from 'vitest';
import { newTransition, transitionBody } from '../../src/hdp/transition.ts';
import { addHdpTasks, asKey, createTestGateway, NOW } from '../support/gateway.ts';
import { anHdpTask, ulid } from '../support/tasks.ts';

const mmrsOf = (count: number, root: string) =>
  Array.from({ length: count }, (_, n) => ({
    id: String(n),
    root,
    size: n,
    chain_id: '0x1',
    hashing_function: n % 2 === 0 ? 'poseidon' : 'keccak',
  }));

/** Creates a gateway with one task that is at ChainProofsFetchStarted. */
async function gatewayWithTask() {
  const { app, store } = await createTestGateway();
  await addHdpTasks(store, anHdpTask({ status: 'ChainProofsFetchStarted' }));
  const processor = { ...(await asKey(store, 'processor')), 'Content-Type': 'application/json' };
  const url = `http://hdp.test/tasks/${ulid(1)}`;
  return {
    store,
    postTransition: async (body: object) => {
      const init = { method: 'POST', headers: processor, body: JSON.stringify(body) };
      const response = await app.request(`${url}/transitions`, init);
      return { status: response.status, body: await response.json() };
    },
    get: async (path: string): Promise<unknown> => (await app.request(`${url}/${path}`)).json(),
  };
}

describe('a transition with many MMRs', () => {
  it.each([1001, 11_000])('is rejected if it has %i, and changes nothing', async (count) => {
    const { postTransition, get } = await gatewayWithTask();
    // Elements of a list that is too long are not validated.
    for (const mmrs of [mmrsOf(count, ''), mmrsOf(count, '').map(() => null)]) {
      expect(await postTransition({ to_status: 'ChainProofsFetchCompleted', mmrs })).toEqual({
        status: 400,
        body: { error: 'mmrs must have at most 1000 elements.' },
      });
    }
    expect(await get('status')).toMatchObject({ status: 'ChainProofsFetchStarted' });
    expect(await get('mmrs')).toEqual({ taskId: ulid(1), mmrs: [] });
  });

  it('stores up to 1,000 in their order and replaces the MMRs of the previous attempt', async () => {
    const { store, postTransition, get } = await gatewayWithTask();
    const moment = (n: number) => ({ now: NOW + n, newUlid: (now: number) => ulid(now * 1000) });
    expect(
      (await postTransition({ to_status: 'ChainProofsFetchCompleted', mmrs: mmrsOf(1000, '0x1') })).status,
    ).toBe(200);
    expect(await get('mmrs')).toEqual({ taskId: ulid(1), mmrs: mmrsOf(1000, '0x1') });
    expect(await get('details')).toMatchObject({ mmrs: mmrsOf(1000, '0x1') });
    await postTransition({ to_status: 'TraceGenStarted' });
    await postTransition({ to_status: 'TraceGenFailed', error_message: 'x' });
    await store.hdpTaskLifecycle.retry(ulid(1), moment(1));
    for (const to_status of ['DryRunStarted', 'DryRunCompleted', 'ChainProofsFetchStarted']) {
      expect((await postTransition({ to_status })).status).toBe(200);
    }
    await postTransition({ to_status: 'ChainProofsFetchCompleted', mmrs: mmrsOf(3, '0x2') });
    expect(await get('mmrs')).toEqual({ taskId: ulid(1), mmrs: mmrsOf(3, '0x2') });
  });

  it('reuses the prepared SQL statements', async () => {
    const { store } = await gatewayWithTask();
    const body = transitionBody.parse({ to_status: 'ChainProofsFetchCompleted', mmrs: mmrsOf(1000, '0x1') });
    await store.hdpTaskLifecycle.find(ulid(1));
    const prepare = vi.spyOn(Database.prototype, 'prepare');
    try {
      const moment = { now: NOW, newUlid: () => ulid(5) };
      const result = await store.hdpTaskLifecycle.report(
        ulid(1),
        newTransition(ulid(1), body, new Map()),
        moment,
      );
      expect(result?.outcome).toBe('accepted');
      expect(prepare.mock.calls).toEqual([]);
    } finally {
      prepare.mockRestore();
    }
    expect((await store.hdpTaskLifecycle.find(ulid(1)))?.mmrs).toHaveLength(1000);
  });
});
