import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { createTurns } from '../src/http/turns.ts';

let done: string[];
const turns = createTurns<string>({
  take: (work) => done.push(`${work} took the turn`),
  follow: (work) => done.push(`${work} followed`),
});

beforeEach(() => {
  vi.useFakeTimers();
  done = [];
});
afterEach(() => {
  vi.useRealTimers();
});

it('takes a turn that is due at once', () => {
  turns.wait('list', 0, 'a');
  turns.wait('list', -5, 'b');
  expect(done).toEqual(['a took the turn', 'b took the turn']);
});

it('lets the first take the turn for all that came before it, and nobody else', async () => {
  turns.wait('list', 5, 'a');
  turns.wait('list', 9, 'b');
  turns.wait('other', 5, 'c');
  await vi.advanceTimersByTimeAsync(4);
  expect(done).toEqual([]);
  turns.wait('list', 0, 'd');
  await vi.advanceTimersByTimeAsync(10);
  expect(done).toEqual(['a took the turn', 'c took the turn', 'b followed', 'd followed']);
  turns.wait('list', 5, 'e');
  expect(done).toHaveLength(4);
  await vi.advanceTimersByTimeAsync(5);
  expect(done.at(-1)).toBe('e took the turn');
});
