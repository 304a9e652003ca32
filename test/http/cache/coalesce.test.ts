import { setImmediate } from 'node:timers/promises';
import { beforeEach, expect, it } from 'vitest';
import { createCoalescer } from '../../../src/http/cache/coalesce.ts';

/** A computation under way: `end` gives it its result. */
interface Computation {
  leader: string;
  end(result: string | undefined): Promise<void>;
}

let version: number;
let latest: string;
let computations: Computation[];
let answers: string[];
let coalescer: ReturnType<typeof createCoalescer<string, string>>;
const request = (key: string, ...waiters: string[]) => {
  for (const waiter of waiters) coalescer.request(key, waiter, 0);
};
const leaders = () => computations.map(({ leader }) => leader);

beforeEach(() => {
  version = 1;
  latest = 'new';
  computations = [];
  answers = [];
  coalescer = createCoalescer<string, string>({
    dataVersion: () => version,
    lead: (leader) =>
      new Promise((resolve) => {
        computations.push({
          leader,
          end: async (result) => {
            if (result !== undefined) answers.push(`${leader}: ${result}`);
            resolve(result);
            await setImmediate();
          },
        });
      }),
    isCurrent: (result) => result === latest,
    follow: (follower, result) => answers.push(`${follower}: ${result}`),
    answerAlone: (waiter) => answers.push(`${waiter}: alone`),
  });
});

it('computes once for all requests of a key that arrive meanwhile, and apart for another key', async () => {
  request('list', 'a', 'b', 'c');
  request('other', 'd');
  expect(leaders()).toEqual(['a', 'd']);
  await computations[0]?.end('new');
  expect(answers).toEqual(['a: new', 'b: new', 'c: new']);
  request('list', 'e');
  expect(leaders()).toEqual(['a', 'd', 'e']);
});

it('gives a request that arrives after a commit no result that was begun before it', async () => {
  request('list', 'a', 'b');
  version = 2;
  request('list', 'c', 'd');
  await computations[0]?.end('old');
  expect(answers).toEqual(['a: old', 'b: old']);
  expect(leaders()).toEqual(['a', 'c']);
  request('list', 'e');
  await computations[1]?.end('new');
  expect(answers.slice(2)).toEqual(['c: new', 'd: new', 'e: new']);
});

it('gives it that result after all when the commit changed nothing that the result shows', async () => {
  request('list', 'a');
  version = 2;
  request('list', 'b');
  await computations[0]?.end('new');
  expect(answers).toEqual(['a: new', 'b: new']);
  expect(leaders()).toEqual(['a']);
});

it('answers each request alone when there is nothing to share', async () => {
  request('list', 'a', 'b', 'c');
  await computations[0]?.end(undefined);
  expect(answers).toEqual(['b: alone', 'c: alone']);
});

it('lets all requests that arrive before a delayed computation begins follow it', async () => {
  coalescer.request('list', 'a', 5);
  version = 2;
  coalescer.request('list', 'b', 0);
  expect(leaders()).toEqual([]);
  await expect.poll(leaders).toEqual(['a']);
  await computations[0]?.end('new');
  expect(answers).toEqual(['a: new', 'b: new']);
});

it('shares nothing while the data version cannot be read', async () => {
  version = Number.NaN;
  request('list', 'a', 'b');
  await computations[0]?.end('old');
  expect(leaders()).toEqual(['a', 'b']);
});
