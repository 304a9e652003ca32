import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { createAddressPolicy } from '../../src/webhooks/addresses.ts';
import { createPost } from '../../src/webhooks/post.ts';
import { createResolve } from '../../src/webhooks/resolve.ts';
import { createDnsServer, type Resolve } from '../support/dns-server.ts';
import { createReceiver } from '../support/receiver.ts';

const notAborted = new AbortController().signal;

/** Creates a resolver that queries a DNS server of the test. */
async function createTestResolver(answer: Resolve, hosts = '') {
  const directory = await mkdtemp(join(tmpdir(), 'taskgate-'));
  onTestFinished(() => rm(directory, { recursive: true }));
  const hostsFile = join(directory, 'hosts');
  await writeFile(hostsFile, hosts);
  const { server, queries } = await createDnsServer(answer);
  const resolve = createResolve({ servers: [server], hostsFile });
  return {
    resolve,
    queries,
    addresses: async (name: string) => (await resolve(name, notAborted)).map(({ address }) => address),
  };
}

describe('the resolver of webhook hosts', () => {
  it('returns the IPv4 and IPv6 addresses of a name', async () => {
    const { addresses } = await createTestResolver((_, type) =>
      type === 'A' ? ['1.1.1.1', '1.0.0.1'] : ['2606:4700::1111'],
    );
    expect((await addresses('hooks.example.com')).sort()).toEqual(['1.0.0.1', '1.1.1.1', '2606:4700::1111']);
  });

  it.each(['NXDOMAIN', 'SERVFAIL', undefined, []] as const)(
    'returns the addresses of one family if the response for the other is %j',
    async (other) => {
      const { addresses } = await createTestResolver((_, type) => (type === 'A' ? ['1.1.1.1'] : other));
      expect(await addresses('hooks.example.com')).toEqual(['1.1.1.1']);
    },
  );

  it.each([
    ['NXDOMAIN', 'hooks.example.com cannot be resolved (ENOTFOUND)'],
    [[], 'hooks.example.com cannot be resolved (ENODATA)'],
  ] as const)('rejects a name without addresses: %j', async (answer, error) => {
    const { addresses } = await createTestResolver(() => answer);
    await expect(addresses('hooks.example.com')).rejects.toThrow(error);
  });

  it('reads the hosts file first, and sends no query for localhost', async () => {
    const hosts =
      '# 9.9.9.9 other.example\n10.0.0.5\tHooks.Internal alias # x\n::5 hooks.internal\nbad hooks.internal\n';
    const { addresses, queries } = await createTestResolver(() => ['1.1.1.1'], hosts);
    expect(await addresses('hooks.internal.')).toEqual(['10.0.0.5', '::5']);
    expect(await addresses('ALIAS')).toEqual(['10.0.0.5']);
    expect(await addresses('localhost')).toEqual(['127.0.0.1', '::1']);
    expect(await addresses('a.localhost')).toEqual(['127.0.0.1', '::1']);
    expect(queries).toEqual([]);
    expect(await addresses('other.example')).toContain('1.1.1.1');
  });

  it('ends an aborted lookup', async () => {
    const { resolve, queries } = await createTestResolver(() => undefined);
    const controller = new AbortController();
    const lookup = resolve('slow.example.com', controller.signal);
    lookup.catch(() => {});
    await vi.waitUntil(() => queries.length > 0);
    controller.abort();
    await expect(lookup).rejects.toThrow('slow.example.com cannot be resolved (ECANCELLED)');
    await expect(resolve('slow.example.com', controller.signal)).rejects.toThrow('ECANCELLED');
  });

  it('resolves a name while twenty other lookups are pending', async () => {
    const { resolve } = await createTestResolver((name) =>
      name.startsWith('slow') ? undefined : ['127.0.0.1'],
    );
    const receiver = await createReceiver();
    const post = createPost({ isAllowed: createAddressPolicy(['127.0.0.1']), resolve });
    const controllers: AbortController[] = [];
    const send = (host: string) => {
      const controller = new AbortController();
      controllers.push(controller);
      return post({ url: `http://${host}:${receiver.port}/`, body: '{}', headers: {} }, controller.signal);
    };
    let pending = 20;
    const slow = Array.from({ length: 20 }, (_, n) =>
      send(`slow-${n}.example.com`).catch(() => {
        pending -= 1;
      }),
    );
    expect(await send('quick.example.com')).toMatchObject({ status: 200 });
    expect(pending).toBe(20);
    for (const controller of controllers) controller.abort();
    await Promise.all(slow);
    expect(pending).toBe(0);
  });

  it('refuses a name without an allowed address, and connects only to an allowed one', async () => {
    const { resolve, queries } = await createTestResolver((name, type) => {
      if (type === 'AAAA') return ['fd00::1'];
      return name.startsWith('private') ? ['10.0.0.1'] : ['10.0.0.1', '127.0.0.1'];
    });
    const receiver = await createReceiver();
    const post = createPost({ isAllowed: createAddressPolicy(['127.0.0.1']), resolve });
    const send = (host: string) =>
      post({ url: `http://${host}:${receiver.port}/`, body: '{}', headers: {} }, notAborted);
    await expect(send('private.example.com')).rejects.toThrow(
      'private.example.com has no address that webhooks',
    );
    expect(receiver.received).toEqual([]);
    expect(await send('mixed.example.com')).toMatchObject({ status: 200 });
    expect(queries.filter((query) => query.endsWith('mixed.example.com'))).toHaveLength(2);
  });
});
