import { once } from 'node:events';
import { connect } from 'node:net';
import { setTimeout } from 'node:timers/promises';
import { describe, expect } from 'vitest';
import { openStore } from '../src/db/open.ts';
import { addHdpTasks } from './support/gateway.ts';
import { it, logLines, stopServer } from './support/process.ts';
import { requestText, sendHalfRequest, sendRequest, withConnection } from './support/raw-http.ts';
import { anHdpTask, ulid } from './support/tasks.ts';

const HDP = 'hdp.localhost';

describe.concurrent('a stop of taskgate serve', () => {
  it('does not wait for an incomplete request, and exits with 0 within ten seconds', async ({ sandbox }) => {
    const server = await sandbox.serve();
    await withConnection(server.port, async (connection) => {
      await sendHalfRequest(connection, server.port, HDP);
      const { code, ms } = await stopServer(server);
      expect(code).toBe(0);
      expect(ms).toBeLessThan(10_000);
    });
  });

  it('closes idle and unused connections, and exits with 0 at once', async ({ sandbox }) => {
    const server = await sandbox.serve();
    await withConnection(server.port, async (idle) => {
      idle.send(requestText(HDP, '/tasks'));
      expect((await idle.readResponse()).headers.get('connection')).toBe('keep-alive');
      await withConnection(server.port, async (silent) => {
        const { code, ms } = await stopServer(server);
        expect(code).toBe(0);
        expect(ms).toBeLessThan(4000);
        await Promise.all([idle.waitUntilClosed(), silent.waitUntilClosed()]);
      });
    });
  });

  it('answers a half-received request with 503, refuses new connections, and exits with 0', async ({
    sandbox,
  }) => {
    const server = await sandbox.serve();
    await withConnection(server.port, async (connection) => {
      const sendRest = await sendHalfRequest(connection, server.port, HDP);
      server.kill('SIGTERM');
      await server.waitForLog('stopping');
      await expect(sendRequest(server.port, requestText(HDP, '/tasks'))).rejects.toThrow('ECONNREFUSED');
      sendRest();
      const { status, headers, body } = await connection.readResponse();
      expect({ status, body }).toEqual({ status: 503, body: '{"error":"Service unavailable"}' });
      expect(headers.get('connection')).toBe('close');
      expect((await server.exited).code).toBe(0);
    });
  });

  it('sends the rest of a large response that the client is still reading', async ({ sandbox }) => {
    const store = openStore(sandbox.databaseUrl);
    await store.migrate();
    const name = 'x'.repeat(100_000);
    await addHdpTasks(
      store,
      ...Array.from({ length: 100 }, (_, n) => anHdpTask({ uuid: ulid(n), programName: name })),
    );
    await store.close();
    const server = await sandbox.serve();
    const socket = connect(server.port, '127.0.0.1');
    socket.write(requestText(HDP, '/tasks?hdp_tasks_per_page=100'));
    await once(socket, 'readable');
    socket.pause();
    const stopped = stopServer(server);
    await setTimeout(500);
    const chunks: Buffer[] = [];
    for await (const chunk of socket) chunks.push(chunk);
    const response = Buffer.concat(chunks);
    const length = Number(/content-length: (\d+)/i.exec(response.toString('latin1', 0, 1000))?.[1]);
    expect(length).toBeGreaterThan(10_000_000);
    expect(response.length - response.indexOf('\r\n\r\n') - 4).toBe(length);
    expect((await stopped).code).toBe(0);
  });

  it('exits with 0 when SIGINT comes twice', async ({ sandbox }) => {
    const server = await sandbox.serve();
    await withConnection(server.port, async (connection) => {
      const sendRest = await sendHalfRequest(connection, server.port, HDP);
      server.kill('SIGINT');
      await server.waitForLog('stopping');
      server.kill('SIGINT');
      sendRest();
      expect((await connection.readResponse()).status).toBe(503);
      expect(await server.exited).toMatchObject({ code: 0, stderr: '' });
    });
  });

  it.for([
    { event: 'Ctrl-C', signal: 'SIGINT', isForAll: true },
    { event: 'SIGTERM to npm alone', signal: 'SIGTERM', isForAll: false },
  ] as const)('under npm start happens on $event, and npm exits with 0', async (how, { sandbox }) => {
    const server = await sandbox.serveWith('npm', ['start', '--ignore-scripts']);
    // Ctrl-C in a terminal reaches the whole process group, and npm also forwards it.
    process.kill(how.isForAll ? -server.pid : server.pid, how.signal);
    const { code, stdout } = await server.exited;
    expect(code).toBe(0);
    expect(logLines(stdout).at(-1)).toMatchObject({ msg: 'stopped' });
  });
});
