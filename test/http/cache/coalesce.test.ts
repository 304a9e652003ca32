import { setImmediate } from 'node:timers/promises';
import { beforeEach, expect, it } from 'vitest';
import { type CoalescerOptions, createCoalescer } from '../../../src/http/cache/coalesce.ts';

/** A running computation; `end` resolves it. */
interface Computation {
  leader: string;
  end(result: string | undefined): Promise<void>;
}

let version: number;
let latest: string;
let computations: Computation[];
let responses: string[];
let confirmations: (() => Promise<void>)[];
let coalescer: ReturnType<typeof createCoalescer<string, string>>;
const request = (key: string, ...waiters: string[]) => {
  for (const waiter of waiters) coalescer.request(key, waiter, 0);
};
const leaders = () => computations.map(({ leader }) => leader);

beforeEach(() => {
  version = 1;
  latest = 'new';
  computations = [];
  responses = [];
  confirmations = [];
  coalescer = createCoalescer<string, string>(options);
});

const options: CoalescerOptions<string, string> = {
  dataVersion: () => version,
  lead: (leader) =>
    new Promise((resolve) => {
      computations.push({
        leader,
        end: async (result) => {
          if (result !== undefined) responses.push(`${leader}: ${result}`);
          resolve(result);
          await setImmediate();
        },
      });
    }),
  isCurrent: (result) => result === latest,
  follow: (follower, result) => responses.push(`${follower}: ${result}`),
  answerAlone: (waiter) => responses.push(`${waiter}: alone`),
};

/** Uses versions that need a round trip, which the test ends. */
function useConfirmations(): void {
  const confirm = () =>
    new Promise<void>((resolve) => {
      confirmations.push(async () => {
        resolve();
        await setImmediate();
      });
    });
  coalescer = createCoalescer<string, string>({ ...options, confirm });
}

it('computes once for all concurrent requests of a key, and separately for another key', async () => {
  request('list', 'a', 'b', 'c');
  request('other', 'd');
  expect(leaders()).toEqual(['a', 'd']);
  await computations[0]?.end('new');
  expect(responses).toEqual(['a: new', 'b: new', 'c: new']);
  request('list', 'e');
  expect(leaders()).toEqual(['a', 'd', 'e']);
});

it('computes again for a request that arrives after a commit', async () => {
  request('list', 'a', 'b');
  version = 2;
  request('list', 'c', 'd');
  await computations[0]?.end('old');
  expect(responses).toEqual(['a: old', 'b: old']);
  expect(leaders()).toEqual(['a', 'c']);
  request('list', 'e');
  await computations[1]?.end('new');
  expect(responses.slice(2)).toEqual(['c: new', 'd: new', 'e: new']);
});

it('shares a result across a commit that does not affect it', async () => {
  request('list', 'a');
  version = 2;
  request('list', 'b');
  await computations[0]?.end('new');
  expect(responses).toEqual(['a: new', 'b: new']);
  expect(leaders()).toEqual(['a']);
});

it('answers each request alone if the leader has no result to share', async () => {
  request('list', 'a', 'b', 'c');
  await computations[0]?.end(undefined);
  expect(responses).toEqual(['b: alone', 'c: alone']);
});

it('shares a delayed computation with all requests that arrive before it begins', async () => {
  coalescer.request('list', 'a', 5);
  version = 2;
  coalescer.request('list', 'b', 0);
  expect(leaders()).toEqual([]);
  await expect.poll(leaders).toEqual(['a']);
  await computations[0]?.end('new');
  expect(responses).toEqual(['a: new', 'b: new']);
});

it('shares nothing while the data version is unreadable', async () => {
  version = Number.NaN;
  request('list', 'a', 'b');
  await computations[0]?.end('old');
  expect(leaders()).toEqual(['a', 'b']);
});

it('confirms the versions after a delay, and shares the computation with requests that arrive meanwhile', async () => {
  useConfirmations();
  coalescer.request('list', 'a', 5);
  expect(confirmations).toEqual([]);
  await expect.poll(() => confirmations.length).toBe(1);
  version = 2;
  request('list', 'b');
  expect(leaders()).toEqual([]);
  await confirmations[0]?.();
  await computations[0]?.end('new');
  expect(responses).toEqual(['a: new', 'b: new']);
});

it('confirms the versions before it gives a result to requests that arrived after a commit', async () => {
  useConfirmations();
  latest = 'unknown';
  request('list', 'a', 'b');
  version = 2;
  request('list', 'c');
  await computations[0]?.end('new');
  expect(responses).toEqual(['a: new', 'b: new']);
  // These arrive during the confirmation, before and after a commit.
  version = 1;
  request('list', 'd');
  version = 2;
  request('list', 'e');
  latest = 'new';
  await confirmations[0]?.();
  expect(responses.slice(2)).toEqual(['d: new', 'c: new', 'e: new']);
  expect(leaders()).toEqual(['a']);
  request('list', 'f');
  expect(leaders()).toEqual(['a', 'f']);
  expect(confirmations).toHaveLength(1);
});
