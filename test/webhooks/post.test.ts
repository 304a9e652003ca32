import { createServer, type Socket } from 'node:net';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { createAddressPolicy } from '../../src/webhooks/addresses.ts';
import { createPost, type PostOptions } from '../../src/webhooks/post.ts';
import { createReceiver } from '../support/receiver.ts';

const LOCAL = createAddressPolicy(['127.0.0.1']);
const notAborted = new AbortController().signal;
const send = (url: string, options: Partial<PostOptions> = {}, signal = notAborted) =>
  createPost({ isAllowed: LOCAL, ...options })(
    { url, body: '{"a":"é"}', headers: { 'X-Extra': '1' } },
    signal,
  );

/** Creates a TCP server with a handler for each connection. @returns its URL */
async function createRawServer(onConnection: (socket: Socket) => void): Promise<string> {
  const server = createServer(onConnection);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => void server.close());
  const address = server.address();
  return `http://127.0.0.1:${typeof address === 'object' ? address?.port : ''}/`;
}

describe('a POST', () => {
  it('sends the body, its type and length, and the headers', async () => {
    const receiver = await createReceiver();
    expect(await send(`${receiver.url}?key=1`)).toMatchObject({ status: 200 });
    expect(receiver.received).toMatchObject([
      {
        method: 'POST',
        path: '/hook?key=1',
        body: '{"a":"é"}',
        headers: { 'content-type': 'application/json', 'content-length': '10', 'x-extra': '1' },
      },
    ]);
  });

  it.each([301, 302, 303, 307, 308])('does not follow a redirect (%s)', async (status) => {
    const other = await createReceiver();
    const receiver = await createReceiver((response) =>
      response.writeHead(status, { Location: other.url }).end(),
    );
    expect(await send(receiver.url)).toMatchObject({ status });
    expect(other.received).toEqual([]);
  });

  it('fails if no server listens', async () => {
    const receiver = await createReceiver();
    await expect(send(receiver.url.replace(/:\d+/, ':1'))).rejects.toThrow('ECONNREFUSED');
  });

  it('fails if no response begins in time', async () => {
    const receiver = await createReceiver(() => {});
    await expect(send(receiver.url, { responseTimeoutMs: 200 })).rejects.toThrow(
      'no answer within 0.2 seconds',
    );
    await vi.waitUntil(() => receiver.connections() === 0);
  });

  it('fails if the connection is not established in time', async () => {
    const resolve = () => new Promise<never>(() => {});
    const sending = send('http://slow.example/', { resolve, connectTimeoutMs: 100 });
    await expect(sending).rejects.toThrow('no connection within 0.1 seconds');
  });

  it('fails if the response head arrives slowly and without end', async () => {
    const url = await createRawServer((socket) => {
      socket.on('error', () => {});
      socket.write('HTTP/1.1 200 OK\r\n');
      const drip = setInterval(() => socket.write('X-A: a\r\n'), 20);
      socket.on('close', () => clearInterval(drip));
    });
    await expect(send(url, { responseTimeoutMs: 300 })).rejects.toThrow('no answer within 0.3 seconds');
  });

  it.each([
    ['not HTTP', 'SSH-2.0-OpenSSH_9.6\r\n', /Parse Error|Expected HTTP/],
    ['a head without end', `HTTP/1.1 200 OK\r\n${`X-A: ${'a'.repeat(1000)}\r\n`.repeat(100)}`, /overflow/],
    ['empty', '', /socket hang up|without an answer/],
    [
      'another protocol',
      'HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: Upgrade\r\n\r\n',
      /./,
    ],
  ])('fails if the response is %s', async (_, bytes, reason) => {
    const url = await createRawServer((socket) => {
      socket.on('error', () => {});
      socket.end(bytes);
    });
    await expect(send(url, { responseTimeoutMs: 2000 })).rejects.toThrow(reason);
  });

  it('reads a limited part of a response without end, and closes the connection', async () => {
    let written = 0;
    const receiver = await createReceiver((response) => {
      const chunk = Buffer.alloc(16_384);
      const writeChunk = () => {
        if (response.destroyed) return;
        written += chunk.length;
        if (response.write(chunk)) setImmediate(writeChunk);
        else response.once('drain', writeChunk);
      };
      writeChunk();
    });
    const sentAt = performance.now();
    expect(await send(receiver.url)).toMatchObject({ status: 200 });
    expect(performance.now() - sentAt).toBeLessThan(5000);
    await vi.waitUntil(() => receiver.connections() === 0);
    expect(written).toBeLessThan(16 * 1024 * 1024);
  });

  it('returns the status after the time limit if the body arrives slowly and without end', async () => {
    const receiver = await createReceiver((response) => {
      const drip = setInterval(() => response.write('.'), 20);
      response.on('close', () => clearInterval(drip));
    });
    expect(await send(receiver.url, { responseTimeoutMs: 300 })).toMatchObject({ status: 200 });
    await vi.waitUntil(() => receiver.connections() === 0);
  });

  it('is aborted by its signal', async () => {
    const receiver = await createReceiver(() => {});
    const controller = new AbortController();
    const sending = send(receiver.url, {}, controller.signal);
    await vi.waitUntil(() => receiver.received.length === 1);
    controller.abort();
    await expect(sending).rejects.toThrow('interrupted');
    await vi.waitUntil(() => receiver.connections() === 0);
    await expect(send(receiver.url, {}, controller.signal)).rejects.toThrow('interrupted');
  });
});

describe('a POST to a host name', () => {
  const resolvesTo =
    (...addresses: string[]) =>
    async () =>
      addresses.map((address) => ({ address, family: address.includes(':') ? 6 : 4 }));

  it.each([
    '127.0.0.1',
    '10.0.0.1',
    '169.254.169.254',
    '::1',
    '::ffff:127.0.0.1',
    'fd00::1',
    '64:ff9b::a00:1',
  ])('that resolves to %s is refused before a connection is opened', async (address) => {
    const receiver = await createReceiver();
    const isAllowed = createAddressPolicy([]);
    const sending = send(`http://hooks.example:${receiver.port}/`, {
      isAllowed,
      resolve: resolvesTo(address),
    });
    await expect(sending).rejects.toThrow('hooks.example has no address that webhooks may go to');
    expect(receiver.received).toEqual([]);
  });

  it('of the local machine is refused', async () => {
    const receiver = await createReceiver();
    for (const name of ['localhost', 'LOCALHOST']) {
      const sending = send(`http://${name}:${receiver.port}/`, { isAllowed: createAddressPolicy([]) });
      await expect(sending, name).rejects.toThrow('may go to');
    }
    expect(receiver.received).toEqual([]);
  });

  it('connects only to allowed addresses', async () => {
    const receiver = await createReceiver();
    const checked: string[] = [];
    const isAllowed = (address: string) => {
      checked.push(address);
      return LOCAL(address);
    };
    const resolve = resolvesTo('10.0.0.1', '::1', '127.0.0.1');
    expect(await send(`http://hooks.example:${receiver.port}/`, { isAllowed, resolve })).toMatchObject({
      status: 200,
    });
    expect(receiver.received[0]?.headers.host).toBe(`hooks.example:${receiver.port}`);
    expect(checked).toEqual(['10.0.0.1', '::1', '127.0.0.1', '127.0.0.1']);
  });

  it('resolves the name once, so that the address cannot change between check and connection', async () => {
    const receiver = await createReceiver();
    const resolutions = [['127.0.0.1'], ['10.0.0.1']];
    const resolve = vi.fn(() => resolvesTo(...(resolutions.shift() ?? []))());
    expect(await send(`http://hooks.example:${receiver.port}/`, { resolve })).toMatchObject({ status: 200 });
    expect(resolve).toHaveBeenCalledTimes(1);
  });

  it('sends nothing if the connected address is not the checked one', async () => {
    const receiver = await createReceiver();
    let checks = 0;
    // Allows the resolved address, but not the address of the connection.
    const isAllowed = () => {
      checks += 1;
      return checks === 1;
    };
    const sending = send(`http://hooks.example:${receiver.port}/`, {
      isAllowed,
      resolve: resolvesTo('127.0.0.1'),
    });
    await expect(sending).rejects.toThrow('127.0.0.1 is not an address');
    expect(checks).toBe(2);
    expect(receiver.received).toEqual([]);
  });

  it('fails if the name cannot be resolved', async () => {
    const resolve = () => Promise.reject(new Error('getaddrinfo ENOTFOUND hooks.example'));
    await expect(send('http://hooks.example/', { resolve })).rejects.toThrow('ENOTFOUND');
  });
});
