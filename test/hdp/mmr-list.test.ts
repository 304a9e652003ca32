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

/** A gateway with one task whose proofs are fetched. */
async function open() {
  const { app, store } = await createTestGateway();
  await addHdpTasks(store, anHdpTask({ status: 'ChainProofsFetchStarted' }));
  const processor = { ...(await asKey(store, 'processor')), 'Content-Type': 'application/json' };
  const url = `http://hdp.test/tasks/${ulid(1)}`;
  return {
    store,
    report: async (body: object) => {
      const init = { method: 'POST', headers: processor, body: JSON.stringify(body) };
      const response = await app.request(`${url}/transitions`, init);
      return { status: response.status, body: await response.json() };
    },
    read: async (path: string): Promise<unknown> => (await app.request(`${url}/${path}`)).json(),
  };
}

describe('a transition with many MMRs', () => {
  it.each([1001, 11_000])('is refused with %i, and changes nothing', async (count) => {
    const { report: send, read } = await open();
    // Elements of a list that is too long are not validated.
    for (const list of [mmrsOf(count, ''), mmrsOf(count, '').map(() => null)]) {
      expect(await send({ to_status: 'ChainProofsFetchCompleted', mmrs: list })).toEqual({
        status: 400,
        body: { error: 'mmrs must have at most 1000 elements.' },
      });
    }
    expect(await read('status')).toMatchObject({ status: 'ChainProofsFetchStarted' });
    expect(await read('mmrs')).toEqual({ taskId: ulid(1), mmrs: [] });
  });

  it('keeps 1,000 in their order, in place of those of the attempt before', async () => {
    const { store, report: send, read } = await open();
    const moment = (n: number) => ({ now: NOW + n, newUlid: (now: number) => ulid(now * 1000) });
    expect((await send({ to_status: 'ChainProofsFetchCompleted', mmrs: mmrsOf(1000, '0x1') })).status).toBe(
      200,
    );
    expect(await read('mmrs')).toEqual({ taskId: ulid(1), mmrs: mmrsOf(1000, '0x1') });
    expect(await read('details')).toMatchObject({ mmrs: mmrsOf(1000, '0x1') });
    await send({ to_status: 'TraceGenStarted' });
    await send({ to_status: 'TraceGenFailed', error_message: 'x' });
    await store.hdpTaskLifecycle.retry(ulid(1), moment(1));
    for (const to_status of ['DryRunStarted', 'DryRunCompleted', 'ChainProofsFetchStarted']) {
      expect((await send({ to_status })).status).toBe(200);
    }
    await send({ to_status: 'ChainProofsFetchCompleted', mmrs: mmrsOf(3, '0x2') });
    expect(await read('mmrs')).toEqual({ taskId: ulid(1), mmrs: mmrsOf(3, '0x2') });
  });

  it('prepares no statement, however many there are', async () => {
    const { store } = await open();
    const list = transitionBody.parse({ to_status: 'ChainProofsFetchCompleted', mmrs: mmrsOf(1000, '0x1') });
    await store.hdpTaskLifecycle.find(ulid(1));
    const prepare = vi.spyOn(Database.prototype, 'prepare');
    try {
      const moment = { now: NOW, newUlid: () => ulid(5) };
      const reported = await store.hdpTaskLifecycle.report(
        ulid(1),
        newTransition(ulid(1), list, new Map()),
        moment,
      );
      expect(reported?.outcome).toBe('accepted');
      expect(prepare.mock.calls).toEqual([]);
    } finally {
      prepare.mockRestore();
    }
    expect((await store.hdpTaskLifecycle.find(ulid(1)))?.mmrs).toHaveLength(1000);
  });
});
