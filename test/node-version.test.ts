import { expect, it } from 'vitest';
import { nodeVersionProblem } from '../src/node-version.ts';

it.each(['22.12.0', '24.21.0', '26.0.0'])('Node.js %s runs Taskgate', (node) => {
  expect(nodeVersionProblem({ node })).toBeUndefined();
});

it('an older version of Node.js is named, with the version that is needed', () => {
  expect(nodeVersionProblem({ node: '20.20.2' })).toBe(
    'Taskgate needs Node.js 22.12 or later, and this is 20.20.2.',
  );
});
