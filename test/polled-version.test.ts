import { Socket } from 'node:net';
import { setImmediate } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { createKeptAnswers } from '../src/http/kept-answers.ts';
import { createPolledVersion } from '../src/http/polled-version.ts';

it('is read once for the requests of one turn of the event loop, and anew in the next', async () => {
  let reads = 0;
  const versionFor = createPolledVersion(() => ++reads);
  expect([new Socket(), new Socket(), new Socket()].map(versionFor)).toEqual([1, 1, 1]);
  await setImmediate();
  expect(versionFor(new Socket())).toBe(2);
});

it('is read anew for the second request of a socket in a turn, which may have come meanwhile', () => {
  let reads = 0;
  const versionFor = createPolledVersion(() => ++reads);
  const [one, other] = [new Socket(), new Socket()];
  expect([versionFor(one), versionFor(other), versionFor(one), versionFor(other)]).toEqual([1, 1, 2, 3]);
});

it('is shared by no more requests than the loop has found at once', () => {
  let reads = 0;
  const versionFor = createPolledVersion(() => ++reads);
  for (let request = 0; request < 500; request += 1) expect(versionFor(new Socket())).toBe(1);
  expect(versionFor(new Socket())).toBe(2);
});

it('is not what an answer counts as made from, which is read when it begins to be made', () => {
  let version = 1;
  const kept = createKeptAnswers({
    version: () => version,
    revision: () => version,
    now: () => 0,
    clock: () => 0,
    decidingHeaders: [],
    maxBytes: 100_000,
  });
  const asked = { key: '/tasks' };
  const answer = { headers: {}, etag: '"x"', body: Buffer.alloc(1), scopes: ['hdp'] } as const;
  kept.keeperFor(asked)(answer);
  const socket = new Socket();
  const first = kept.find(asked);
  expect(first && kept.isCurrent(first, socket)).toBe(true);
  version = 2;
  kept.keeperFor(asked)(answer);
  expect(kept.find(asked)).toMatchObject({ version: 2, revision: 2 });
});
