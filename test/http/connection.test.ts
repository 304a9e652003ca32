import { connect } from 'node:net';
import { setTimeout } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { type CachedServer, openCachedServer } from '../support/cached-server.ts';
import { asKey } from '../support/gateway.ts';
import { expectServerError, openServer } from '../support/http-server.ts';
import { it as processIt } from '../support/process.ts';
import { requestText, sendRequest, withConnection } from '../support/raw-http.ts';

const HDP = 'hdp.test';

let shared: CachedServer;

beforeAll(async () => {
  shared = await openCachedServer();
  await asKey(shared.writer, 'client');
});
afterAll(() => shared.close());

describe('a connection', () => {
  it('stays open for 65 seconds without a request', async () => {
    const { headers } = await sendRequest(shared.port, requestText(HDP, '/tasks'));
    expect(headers.get('keep-alive')).toBe('timeout=65');
  });

  processIt('stays open for KEEP_ALIVE_TIMEOUT', async ({ sandbox }) => {
    const { port } = await sandbox.serve([], { KEEP_ALIVE_TIMEOUT: '1' });
    await withConnection(port, async (wire) => {
      wire.send(requestText('hdp.localhost', '/tasks'));
      expect((await wire.readResponse()).headers.get('keep-alive')).toBe('timeout=1');
      await wire.waitUntilClosed();
    });
  });

  it('returns 408 if the headers take too long', async () => {
    const server = await openServer({ server: { headersTimeoutMs: 200, connectionsCheckingIntervalMs: 50 } });
    await withConnection(server.port, async (wire) => {
      wire.send('GET /tasks HTTP/1.1\r\nHost: hdp');
      const answer = await wire.readResponse();
      expectServerError(answer, 'The request did not arrive in time');
      expect(answer.status).toBe(408);
      await wire.waitUntilClosed();
    });
  });

  it('stays open between requests for longer than headers may take', async () => {
    const server = await openServer({ server: { headersTimeoutMs: 800, connectionsCheckingIntervalMs: 50 } });
    await withConnection(server.port, async (wire) => {
      const ask = async () => {
        wire.send(requestText(HDP, '/tasks'));
        expect((await wire.readResponse()).status).toBe(200);
      };
      await ask();
      await setTimeout(1500);
      await ask();
    });
  });

  it('returns 408 if the body takes too long', async () => {
    const server = await openServer({ server: { requestTimeoutMs: 200, connectionsCheckingIntervalMs: 50 } });
    await asKey(server.writer, 'client');
    await withConnection(server.port, async (wire) => {
      const headers = {
        'X-API-KEY': 'key-of-a-client',
        'Content-Type': 'application/json',
        'Content-Length': '100',
      };
      wire.send(`${requestText(HDP, '/tasks', { method: 'POST', headers })}{`);
      const answer = await wire.readResponse();
      expect(answer.status).toBe(408);
      await wire.waitUntilClosed();
    });
  });

  it('closes when the client reads nothing of a response', async () => {
    const body = Buffer.alloc(64 * 1024 * 1024);
    const server = await openServer({
      fetch: () => new Response(body),
      server: { responseTimeoutMs: 200 },
    });
    const socket = connect(server.port, '127.0.0.1');
    socket.pause();
    socket.write(requestText(HDP, '/tasks'));
    const closed = new Promise<number>((resolve) => socket.once('close', () => resolve(socket.bytesRead)));
    // Longer than the server waits.
    await setTimeout(1500);
    socket.resume();
    expect(await closed).toBeLessThan(body.length);
  });

  it('is not closed while a response takes long to compute', async () => {
    const server = await openServer({
      fetch: async () => {
        await setTimeout(400);
        return new Response('at last');
      },
      server: { responseTimeoutMs: 100 },
    });
    expect((await sendRequest(server.port, requestText(HDP, '/tasks'))).body).toBe('at last');
  });

  it('is closed at once above the maximum number of connections', async () => {
    const server = await openServer({ server: { maxConnections: 1 } });
    await withConnection(server.port, async (first) => {
      first.send(requestText(HDP, '/tasks'));
      expect((await first.readResponse()).status).toBe(200);
      await withConnection(server.port, (second) => second.waitUntilClosed());
      first.send(requestText(HDP, '/tasks'));
      expect((await first.readResponse()).status).toBe(200);
    });
  });

  it('ignores a request to upgrade the protocol', async () => {
    const headers = { Connection: 'Upgrade', Upgrade: 'websocket' };
    expect((await sendRequest(shared.port, requestText(HDP, '/tasks', { headers }))).status).toBe(200);
    const h2c = { Connection: 'Upgrade, HTTP2-Settings', Upgrade: 'h2c', 'HTTP2-Settings': '' };
    expect((await sendRequest(shared.port, requestText(HDP, '/tasks', { headers: h2c }))).status).toBe(200);
  });

  it('sends 100 Continue before the body if the client expects it', () =>
    withConnection(shared.port, async (wire) => {
      const body = '{"destination_chain_id":"0x1","input":{}}';
      const headers = {
        'X-API-KEY': 'key-of-a-client',
        'Content-Type': 'application/json',
        'Content-Length': String(body.length),
        Expect: '100-continue',
      };
      wire.send(requestText(HDP, '/tasks', { method: 'POST', headers }));
      expect((await wire.readResponse('HEAD')).status).toBe(100);
      wire.send(body);
      expect((await wire.readResponse()).status).toBe(200);
    }));
});

describe('bytes that are not HTTP', () => {
  /** Opens a server that responds to /tasks when the test calls `respond`. */
  async function openHeldServer() {
    let respond = () => {};
    let hasArrived = false;
    const server = await openServer({
      fetch: () =>
        new Promise<Response>((resolve) => {
          hasArrived = true;
          respond = () => resolve(new Response('the response of the app'));
        }),
    });
    return { server, arrived: () => vi.waitUntil(() => hasArrived), respond: () => respond() };
  }

  it('close the connection without a response if they arrive before the response', async () => {
    const { server, arrived, respond } = await openHeldServer();
    await withConnection(server.port, async (wire) => {
      wire.send(requestText(HDP, '/tasks'));
      await arrived();
      wire.send('not HTTP at all\r\n\r\n');
      await wire.waitUntilClosed();
      expect(wire.unread()).toBe('');
    });
    respond();
  });

  it('get no response if they arrive during a response body', async () => {
    const server = await openServer({
      fetch: () =>
        new Response(
          new ReadableStream({
            start: (controller) => controller.enqueue(new TextEncoder().encode('the beginning')),
          }),
        ),
    });
    await withConnection(server.port, async (wire) => {
      wire.send(requestText(HDP, '/tasks'));
      await vi.waitUntil(() => wire.unread().includes('the beginning'));
      wire.send('\x16\x03\x01 garbage\r\n\r\n');
      await wire.waitUntilClosed();
      expect(wire.unread()).not.toContain('not valid HTTP');
      expect(wire.unread().match(/HTTP\/1\.1/g)).toHaveLength(1);
    });
  });

  it('get a 400 if they arrive after a response', () =>
    withConnection(shared.port, async (wire) => {
      wire.send(requestText(HDP, '/tasks'));
      expect((await wire.readResponse()).status).toBe(200);
      wire.send('not HTTP at all\r\n\r\n');
      expect((await wire.readResponse()).status).toBe(400);
      await wire.waitUntilClosed();
    }));

  it('get one 400 if they are repeated, and the connection is not reset', async () => {
    const socket = connect({ port: shared.port, host: '127.0.0.1', allowHalfOpen: true });
    const errors: Error[] = [];
    let received = '';
    socket.on('error', (error) => errors.push(error));
    socket.on('data', (bytes) => {
      received += bytes.toString();
    });
    for (let n = 0; n < 14; n += 1) {
      socket.write('not HTTP at all\r\n\r\n');
      await setTimeout(40);
    }
    expect(errors).toEqual([]);
    expect(received.match(/HTTP\/1\.1 400/g)).toHaveLength(1);
    socket.destroy();
  });
});
