import { expect, it } from 'vitest';
import { createFairQueue } from '../../src/lib/fair-queue.ts';

it('a fair queue respects its limit, alternates between keys, and continues after a failure', async () => {
  const queue = createFairQueue(2);
  const order: string[] = [];
  let running = 0;
  let maxRunning = 0;
  const work =
    (name: string, fails = false) =>
    async () => {
      running += 1;
      maxRunning = Math.max(maxRunning, running);
      order.push(name);
      await new Promise((resolve) => setImmediate(resolve));
      running -= 1;
      if (fails) throw new Error(name);
      return name;
    };
  const jobs = [
    ...['a1', 'a2', 'a3', 'a4', 'a5'].map((name) => queue.run(1, work(name, name === 'a1'))),
    ...['b1', 'b2'].map((name) => queue.run(2, work(name))),
    queue.run(3, work('c1')),
  ];
  const results = await Promise.allSettled(jobs);
  expect(results.filter(({ status }) => status === 'rejected')).toHaveLength(1);
  expect(order).toEqual(['a1', 'a2', 'a3', 'b1', 'c1', 'a4', 'b2', 'a5']);
  expect(maxRunning).toBe(2);
  expect(await queue.run(1, work('later'))).toBe('later');
});
