import { createHash } from 'node:crypto';
import { setTimeout } from 'node:timers/promises';
import { Webhook } from 'standardwebhooks';
import { describe, expect, vi } from 'vitest';
import { taskEnded } from '../../src/hdp/openapi-webhooks.ts';
import { createCli } from '../support/cli.ts';
import { it } from '../support/process.ts';
import { requestText, sendRequest } from '../support/raw-http.ts';
import { createReceiver, textHeaders } from '../support/receiver.ts';

const HDP_HOST = 'hdp.localhost';
const until = (condition: () => boolean) => vi.waitUntil(condition, { timeout: 20_000, interval: 20 });

describe('taskgate simulate', () => {
  it('ends a task of a client, which gets a webhook that its API key verifies', async ({ sandbox }) => {
    const receiver = await createReceiver();
    const server = await sandbox.serve([], { WEBHOOK_ALLOW: '127.0.0.1' });
    const key = (await sandbox.taskgate(['keys', 'create', '--role', 'client'])).stdout.trim();
    const body = JSON.stringify({
      destination_chain_id: '0xaa36a7',
      input: {},
      webhook_url: `${receiver.url}?of=me`,
    });
    const headers = {
      'X-API-KEY': key,
      'Content-Type': 'application/json',
      'Content-Length': `${body.length}`,
    };
    const created = await sendRequest(
      server.port,
      requestText(HDP_HOST, '/tasks', { method: 'POST', headers }) + body,
    );
    const { uuid }: { uuid: string } = JSON.parse(created.body);

    const simulated = await sandbox.taskgate(['simulate', '--speed', '100000', '--once']);
    expect(simulated.stderr).toContain('Simulating with seed 1 at speed 100000');
    expect(simulated.code).toBe(0);
    const summary: { transitions: number; completed: number; failed: number } = JSON.parse(simulated.stdout);
    expect(summary).toMatchObject({ made: 0 });
    expect(summary.completed + summary.failed).toBe(1);

    await until(() => receiver.received.length === 1);
    const [webhook] = receiver.received;
    const status = await sendRequest(server.port, requestText(HDP_HOST, `/tasks/${uuid}/status`));
    expect(taskEnded.parse(JSON.parse(webhook?.body ?? ''))).toMatchObject({
      task_id: uuid,
      status: JSON.parse(status.body).status,
    });
    const secret = `whsec_${createHash('sha256').update(key).digest('base64')}`;
    new Webhook(secret).verify(webhook?.body ?? '', textHeaders(webhook));
    expect(webhook?.path).toBe('/hook?of=me');
    server.kill('SIGTERM');
    const { stdout } = await server.exited;
    expect(stdout).toContain('webhook delivered');
    expect(stdout).not.toContain('of=me');
  }, 30_000);

  it('runs until SIGTERM, then prints its summary and exits with 0', async ({ sandbox }) => {
    const running = sandbox.start(['simulate', '--tasks', '5', '--seed', '7', '--speed', '1000']);
    await until(() => running.stderr().includes('Simulating'));
    await setTimeout(1500);
    running.kill('SIGTERM');
    const { code, stdout } = await running.exited;
    expect(code).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({ made: 5 });
  });

  it.each([
    ['--speed', '0'],
    ['--speed', 'fast'],
    ['--speed', '1e9'],
    ['--speed', '1000001'],
    ['--seed', '-1'],
    ['--tasks', '1.5'],
  ])('rejects %s %s with one line on stderr', async (option, value) => {
    const cli = await createCli();
    const { code, stderr } = await cli.run(['simulate', option, value]);
    expect(code).toBe(1);
    expect(stderr.trim().split('\n')).toHaveLength(1);
  });
});
