import { describe, expect, it } from 'vitest';
import { repeatWords } from '../../src/web/services/task-words.ts';

describe('how often a task repeats', () => {
  it.each([
    ['daily', 'every day'],
    ['yearly', 'yearly'],
    ['constructor', 'constructor'],
    ['__proto__', '__proto__'],
  ])('%s is worded as %s', (repeat, words) => {
    expect(repeatWords({ trigger: { repeat } })).toBe(words);
  });
});
