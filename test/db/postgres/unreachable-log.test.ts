/** What background work logs while the server cannot be reached. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pino } from 'pino';
import { expect, it, onTestFinished, vi } from 'vitest';
import { watchAbandonedImports } from '../../../src/db/abandoned-imports.ts';
import { openStore } from '../../../src/db/open.ts';
import { openRunner } from '../../../src/runner/start.ts';
import { startWebhooks } from '../../../src/webhooks/start.ts';

const MESSAGES = [
  'webhooks cannot be taken',
  'run failed',
  'removing the tasks of an import that was killed failed',
];

it('is a warning with a reason, and without a stack trace or the password', async () => {
  const databaseUrl = 'postgres://user:hush@127.0.0.1:1/tasks';
  const exportsDir = mkdtempSync(join(tmpdir(), 'taskgate-'));
  onTestFinished(() => rmSync(exportsDir, { recursive: true }));
  const lines: string[] = [];
  const log = pino({ base: null }, { write: (line: string) => lines.push(line) });
  const store = openStore(databaseUrl);
  const settings = {
    databaseUrl,
    exportsDir,
    exportSourceUrl: undefined,
    exportsCsvBom: false,
    runTimeoutSeconds: 1,
  };
  const runner = await openRunner(settings, store, log, Date.now);
  runner.start();
  const webhooks = startWebhooks({ store, webhookAllow: [], log, now: Date.now });
  const imports = watchAbandonedImports(store, log);
  await vi.waitUntil(() => MESSAGES.every((message) => lines.join('').includes(message)), {
    timeout: 20_000,
  });
  await Promise.all([runner.stop(), webhooks.stop(), imports.stop()]);
  await store.close();
  for (const line of lines) {
    expect(JSON.parse(line)).toMatchObject({ level: 40, reason: 'connect ECONNREFUSED 127.0.0.1:1' });
    expect(line).not.toMatch(/"err"|"stack"|hush/);
  }
});
