import { describe, expect, vi } from 'vitest';
import { it, type Server } from '../support/process.ts';

const MANAGEMENT = { MANAGEMENT_PORT: '0' };

async function managementOf(server: Server) {
  const { address } = await server.waitForLog('management listens');
  return async (path: string) => {
    const response = await fetch(`http://127.0.0.1:${address?.port}${path}`);
    return { status: response.status, text: await response.text() };
  };
}

const ask = ({ port }: Server) => fetch(`http://127.0.0.1:${port}/is-alive`);

describe('taskgate serve with MANAGEMENT_PORT', () => {
  it('is ready when it answers requests, and measures them', async ({ sandbox }) => {
    const server = await sandbox.serve([], MANAGEMENT);
    const read = await managementOf(server);
    expect(await read('/ready')).toEqual({ status: 200, text: '{"ready":true}' });
    await ask(server);
    const { text } = await read('/metrics');
    expect(text).toMatch(/^taskgate_http_request_duration_seconds_count\{.*route="\/is-alive".*\} 1$/m);
    expect(text).toMatch(/^taskgate_database_bytes [1-9]\d+$/m);
    expect(text).toMatch(/^nodejs_eventloop_lag_seconds /m);
    expect((await fetch(`http://127.0.0.1:${server.port}/metrics`)).status).toBe(421);
  });

  it('adds up the metrics of its workers', async ({ sandbox }) => {
    const server = await sandbox.serve(['--workers', '2'], MANAGEMENT);
    const read = await managementOf(server);
    await vi.waitFor(async () => expect((await read('/ready')).status).toBe(200));
    for (let n = 0; n < 6; n += 1) await ask(server);
    const { text } = await read('/metrics');
    // The health checks of /ready are counted too.
    const [, count] =
      /^taskgate_http_request_duration_seconds_count\{.*route="\/is-alive".*\} (\d+)$/m.exec(text) ?? [];
    expect(Number(count)).toBeGreaterThanOrEqual(7);
    expect(text).toMatch(/^taskgate_database_up 1$/m);
  });

  it('reports a port that is in use in one sentence', async ({ sandbox }) => {
    const server = await sandbox.serve([], MANAGEMENT);
    const { address } = await server.waitForLog('management listens');
    const second = await sandbox.taskgate(['serve'], { MANAGEMENT_PORT: String(address?.port) });
    expect(second).toMatchObject({ code: 1 });
    expect(second.stderr).toBe(
      `taskgate: Cannot listen on 127.0.0.1:${address?.port}: that port is in use.\n`,
    );
  });
});
