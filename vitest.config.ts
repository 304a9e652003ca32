import { availableParallelism } from 'node:os';
import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    projects: [
      {
        extends: true,
        test: {
          name: 'sqlite',
          include: ['test/**/*.test.ts'],
          exclude: ['test/db/postgres/**', 'test/web/**'],
          provide: { dialect: 'sqlite' },
        },
      },
      {
        extends: true,
        // The pages, most of them in a browser.
        test: {
          name: 'web',
          setupFiles: ['test/web/support/close-browser.ts'],
          include: ['test/web/**/*.test.ts'],
          expect: { poll: { timeout: 15_000 } },
          provide: { dialect: 'sqlite' },
        },
      },
      {
        extends: true,
        // The tests of both APIs and of the store, which run on any database.
        test: {
          name: 'postgres',
          globalSetup: ['test/support/postgres-server.ts'],
          setupFiles: ['test/support/release-databases.ts'],
          include: [
            'test/{hdp,services}/**/*.test.ts',
            'test/webhooks/!(fairness|refused-writes).test.ts',
            'test/db/*.test.ts',
            'test/db/postgres/*.test.ts',
            'test/runner/{chains,execute,leases,lifecycle-model,processes,repeat,runner}.test.ts',
            'test/simulation/{process,retries}.test.ts',
            'test/http/cache/freshness.test.ts',
            'test/http/{cache-control,idempotency,idempotency-model,validate}.test.ts',
            'test/properties.test.ts',
            'test/commands/{check,credentials,export,freeze,health-database,import,keys,seed,tasks}.test.ts',
            'test/commands/{webhooks,workers}.test.ts',
            'test/commands/import-{conflicts,replace,streams,undo,validation}.test.ts',
            'test/exports/unused-files.test.ts',
            'test/gateway.test.ts',
          ],
          provide: { dialect: 'postgres' },
        },
      },
    ],
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
