import { join } from 'node:path';
import { describe, expect } from 'vitest';
import { it } from '../support/process.ts';

describe.concurrent('the commands serve and work', () => {
  it('do not run the demo tasks', async ({ sandbox }) => {
    const server = await sandbox.serve(['--demo']);
    const seeded = await sandbox.taskgate(['export', 'services']);
    await new Promise((resolve) => setTimeout(resolve, 1500));
    expect((await sandbox.taskgate(['export', 'services'])).stdout).toBe(seeded.stdout);
    server.kill('SIGTERM');
    expect(await server.exited).toMatchObject({ code: 0 });
  });

  it('exit with code 0 on SIGTERM', async ({ sandbox }) => {
    const { waitForLog, kill, exited } = sandbox.node([
      join(import.meta.dirname, '../../dist/cli.js'),
      'work',
    ]);
    await waitForLog('working');
    kill('SIGTERM');
    expect(await exited).toMatchObject({ code: 0, stderr: '' });
  });
});
