import { availableParallelism } from 'node:os';
import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    // CI prints its last line from this file's counts.
    reporters: process.env.CI ? ['default', ['json', { outputFile: '.vitest/results.json' }]] : ['default'],
    // Many tests wait for processes and sockets of their own.
    maxWorkers: Math.max(2, availableParallelism() - 1),
    // Loading the modules anew for each file took a third of all CPU time; no test changes what they hold.
    isolate: false,
    testTimeout: 60_000,
    hookTimeout: 60_000,
  },
});
