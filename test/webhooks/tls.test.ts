import { writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { describe, expect, onTestFinished, vi } from 'vitest';
import { openStore } from '../../src/db/open.ts';
import { createAddressPolicy } from '../../src/webhooks/addresses.ts';
import { createPost } from '../../src/webhooks/post.ts';
import { createAuthority, createCertificate } from '../support/certificates.ts';
import { addHdpTasks } from '../support/gateway.ts';
import { openOutbox } from '../support/outbox.ts';
import { it } from '../support/process.ts';
import { createReceiver } from '../support/receiver.ts';
import { anHdpTask } from '../support/tasks.ts';

const NAME = 'hooks.example';
const authority = await createAuthority();
const otherAuthority = await createAuthority('Other');

/** Sends a POST to a host name that resolves to 127.0.0.1. */
const send = (url: string, ca?: string) =>
  createPost({
    isAllowed: createAddressPolicy(['127.0.0.1']),
    resolve: async () => [{ address: '127.0.0.1', family: 4 }],
    ...(ca !== undefined && { ca }),
  })({ url, body: '{"a":1}', headers: {} }, new AbortController().signal);

const createTlsReceiver = async (...certificate: Parameters<typeof createCertificate>) =>
  createReceiver(undefined, await createCertificate(...certificate));

/** Creates an HTTP proxy that accepts every connection, and the environment variables that select it. */
async function createProxy() {
  let connections = 0;
  const server = createServer((socket) => {
    connections += 1;
    socket.end('HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n');
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => void server.close());
  const address = server.address();
  const url = `http://127.0.0.1:${typeof address === 'object' ? address?.port : ''}`;
  const names = ['HTTP_PROXY', 'HTTPS_PROXY', 'ALL_PROXY', 'GLOBAL_AGENT_HTTP_PROXY', 'npm_config_proxy'];
  const env: Record<string, string> = Object.fromEntries([
    ...names.flatMap((name) => [
      [name, url],
      [name.toLowerCase(), url],
    ]),
    ['NODE_USE_ENV_PROXY', '1'],
    ['NO_PROXY', ''],
    ['no_proxy', ''],
  ]);
  return { env, connections: () => connections };
}

describe('a POST over TLS', () => {
  it('is delivered if a trusted authority issued the certificate for the host', async () => {
    const receiver = await createTlsReceiver(NAME, { ca: authority });
    expect(await send(`https://${NAME}:${receiver.port}/hook`, authority.cert)).toMatchObject({
      status: 200,
    });
    expect(receiver.received).toMatchObject([{ path: '/hook', body: '{"a":1}' }]);
  });

  it.each([
    ['is self-signed', NAME, {}, 'self-signed certificate'],
    ['is for another host', 'other.example', { ca: authority }, 'does not match certificate'],
    ['has expired', NAME, { ca: authority, hasExpired: true }, 'certificate has expired'],
    ['is from another authority', NAME, { ca: otherAuthority }, 'unable to'],
  ])(
    'is not sent if the certificate %s, even with NODE_TLS_REJECT_UNAUTHORIZED=0',
    async (_, name, options, error) => {
      const receiver = await createTlsReceiver(name, options);
      vi.stubEnv('NODE_TLS_REJECT_UNAUTHORIZED', '0');
      onTestFinished(() => void vi.unstubAllEnvs());
      await expect(send(`https://${NAME}:${receiver.port}/`, authority.cert)).rejects.toThrow(error);
      expect(receiver.received).toEqual([]);
    },
  );

  it('is not sent to a receiver without TLS', async () => {
    const receiver = await createReceiver();
    await expect(send(`https://${NAME}:${receiver.port}/`)).rejects.toThrow();
    expect(receiver.received).toEqual([]);
  });

  it('uses no proxy of the environment, with and without TLS', async () => {
    const proxy = await createProxy();
    const secure = await createTlsReceiver(NAME, { ca: authority });
    const plain = await createReceiver();
    for (const [name, value] of Object.entries(proxy.env)) vi.stubEnv(name, value);
    onTestFinished(() => void vi.unstubAllEnvs());
    await send(`https://${NAME}:${secure.port}/`, authority.cert);
    await send(`http://${NAME}:${plain.port}/`);
    expect([secure.received.length, plain.received.length]).toEqual([1, 1]);
    expect(proxy.connections()).toBe(0);
  });
});

describe('webhooks of a server process', () => {
  it('verify certificates and use no proxy of the environment', async ({ sandbox }) => {
    const store = openStore(sandbox.databaseUrl);
    await store.migrate();
    await addHdpTasks(store, anHdpTask({ status: 'DryRunFailed' }));
    await store.close();
    const outbox = await openOutbox(sandbox.databaseUrl);
    const proxy = await createProxy();
    const trusted = await createTlsReceiver('localhost', { ca: authority });
    const selfSigned = await createTlsReceiver('localhost');
    const plain = await createReceiver();
    const urls = [trusted, selfSigned, plain].map(({ url }) => url.replace('127.0.0.1', 'localhost'));
    for (const [n, url] of urls.entries()) await outbox.add(n, { url, created_at: Date.now() });
    const ca = join(sandbox.dir, 'ca.pem');
    await writeFile(ca, authority.cert);

    const server = await sandbox.serve([], {
      ...proxy.env,
      WEBHOOK_ALLOW: '127.0.0.1',
      NODE_EXTRA_CA_CERTS: ca,
      NODE_TLS_REJECT_UNAUTHORIZED: '0',
    });
    await vi.waitUntil(
      async () => (await outbox.rows()).every((row) => row.delivered_at !== null || row.last_error !== null),
      {
        timeout: 20_000,
      },
    );
    const [first, second, third] = await outbox.rows();
    expect(first).toMatchObject({ attempts: 1, last_error: null });
    expect(second).toMatchObject({
      delivered_at: null,
      last_error: expect.stringMatching(/^self-signed certificate/),
    });
    expect(third).toMatchObject({ attempts: 1, last_error: null });
    expect([trusted, selfSigned, plain].map(({ received }) => received.length)).toEqual([1, 0, 1]);
    expect(proxy.connections()).toBe(0);
    server.kill('SIGTERM');
    await server.exited;
    await outbox.close();
  }, 30_000);
});
