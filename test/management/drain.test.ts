import { describe, expect, vi } from 'vitest';
import { it, type Server } from '../support/process.ts';
import { requestText, withConnection } from '../support/raw-http.ts';

const DRAINING = { MANAGEMENT_PORT: '0', DRAIN_SECONDS: '4' };

async function isReady(server: Server): Promise<boolean> {
  const { address } = await server.waitForLog('management listens');
  return (await fetch(`http://127.0.0.1:${address?.port}/ready`)).ok;
}

describe('taskgate serve with DRAIN_SECONDS', () => {
  it.for([[['--workers', '2']], [[]]])(
    'answers after a stop signal while it is not ready (%j)',
    async ([args], { sandbox }) => {
      const server = await sandbox.serve(args, DRAINING);
      await vi.waitFor(async () => expect(await isReady(server)).toBe(true));
      await withConnection(server.port, async (wire) => {
        const ask = async () => {
          wire.send(requestText('hdp.localhost', '/tasks'));
          return wire.readResponse();
        };
        expect((await ask()).headers.get('connection')).toBe('keep-alive');
        server.kill('SIGTERM');
        await vi.waitFor(async () => expect(await isReady(server)).toBe(false));
        const last = await ask();
        expect([last.status, last.headers.get('connection')]).toEqual([200, 'close']);
        await wire.waitUntilClosed();
      });
      await withConnection(server.port, async (wire) => {
        wire.send(requestText('hdp.localhost', '/tasks'));
        expect((await wire.readResponse()).status).toBe(200);
      });
      expect(await server.exited).toMatchObject({ code: 0, stderr: '' });
    },
  );
});
