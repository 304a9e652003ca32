import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { createAddressPolicy } from '../../src/webhooks/addresses.ts';
import { createPost } from '../../src/webhooks/post.ts';
import { createResolve } from '../../src/webhooks/resolve.ts';
import { createDnsServer, type Resolve } from '../support/dns-server.ts';
import { createReceiver } from '../support/receiver.ts';

const never = new AbortController().signal;

/** A resolver that asks a server of the test alone. */
async function prepare(answer: Resolve, hosts = '') {
  const directory = await mkdtemp(join(tmpdir(), 'taskgate-'));
  onTestFinished(() => rm(directory, { recursive: true }));
  const hostsFile = join(directory, 'hosts');
  await writeFile(hostsFile, hosts);
  const { server, queries } = await createDnsServer(answer);
  const resolve = createResolve({ servers: [server], hostsFile });
  return {
    resolve,
    queries,
    addresses: async (name: string) => (await resolve(name, never)).map(({ address }) => address),
  };
}

describe('the resolver of webhook hosts', () => {
  it('returns the IPv4 and IPv6 addresses of a name', async () => {
    const { addresses } = await prepare((_, type) =>
      type === 'A' ? ['1.1.1.1', '1.0.0.1'] : ['2606:4700::1111'],
    );
    expect((await addresses('hooks.example.com')).sort()).toEqual(['1.0.0.1', '1.1.1.1', '2606:4700::1111']);
  });

  it.each(['NXDOMAIN', 'SERVFAIL', undefined, []] as const)(
    'returns the addresses of one kind when the response for the other is %j',
    async (other) => {
      const { addresses } = await prepare((_, type) => (type === 'A' ? ['1.1.1.1'] : other));
      expect(await addresses('hooks.example.com')).toEqual(['1.1.1.1']);
    },
  );

  it.each([
    ['NXDOMAIN', 'hooks.example.com cannot be resolved (ENOTFOUND)'],
    [[], 'hooks.example.com cannot be resolved (ENODATA)'],
  ] as const)('says that a name has no address: %j', async (answer, error) => {
    const { addresses } = await prepare(() => answer);
    await expect(addresses('hooks.example.com')).rejects.toThrow(error);
  });

  it('reads the hosts file first, and asks no server about localhost', async () => {
    const hosts =
      '# 9.9.9.9 other.example\n10.0.0.5\tHooks.Internal alias # x\n::5 hooks.internal\nbad hooks.internal\n';
    const { addresses, queries } = await prepare(() => ['1.1.1.1'], hosts);
    expect(await addresses('hooks.internal.')).toEqual(['10.0.0.5', '::5']);
    expect(await addresses('ALIAS')).toEqual(['10.0.0.5']);
    expect(await addresses('localhost')).toEqual(['127.0.0.1', '::1']);
    expect(await addresses('a.localhost')).toEqual(['127.0.0.1', '::1']);
    expect(queries).toEqual([]);
    expect(await addresses('other.example')).toContain('1.1.1.1');
  });

  it('ends a lookup that is aborted, before or after it began', async () => {
    const { resolve, queries } = await prepare(() => undefined);
    const controller = new AbortController();
    const lookup = resolve('slow.example.com', controller.signal);
    lookup.catch(() => {});
    await vi.waitUntil(() => queries.length > 0);
    controller.abort();
    await expect(lookup).rejects.toThrow('slow.example.com cannot be resolved (ECANCELLED)');
    await expect(resolve('slow.example.com', controller.signal)).rejects.toThrow('ECANCELLED');
  });

  it('answers for one name while twenty others wait for their servers', async () => {
    const { resolve } = await prepare((name) => (name.startsWith('slow') ? undefined : ['127.0.0.1']));
    const receiver = await createReceiver();
    const post = createPost({ isAllowed: createAddressPolicy(['127.0.0.1']), resolve });
    const controllers: AbortController[] = [];
    const send = (host: string) => {
      const controller = new AbortController();
      controllers.push(controller);
      return post({ url: `http://${host}:${receiver.port}/`, body: '{}', headers: {} }, controller.signal);
    };
    let waiting = 20;
    const slow = Array.from({ length: 20 }, (_, n) =>
      send(`slow-${n}.example.com`).catch(() => {
        waiting -= 1;
      }),
    );
    expect(await send('quick.example.com')).toMatchObject({ status: 200 });
    expect(waiting).toBe(20);
    for (const controller of controllers) controller.abort();
    await Promise.all(slow);
    expect(waiting).toBe(0);
  });

  it('refuses a name when no address of either kind is allowed, and pins the connection to one that is', async () => {
    const { resolve, queries } = await prepare((name, type) => {
      if (type === 'AAAA') return ['fd00::1'];
      return name.startsWith('private') ? ['10.0.0.1'] : ['10.0.0.1', '127.0.0.1'];
    });
    const receiver = await createReceiver();
    const post = createPost({ isAllowed: createAddressPolicy(['127.0.0.1']), resolve });
    const send = (host: string) =>
      post({ url: `http://${host}:${receiver.port}/`, body: '{}', headers: {} }, never);
    await expect(send('private.example.com')).rejects.toThrow(
      'private.example.com has no address that webhooks',
    );
    expect(receiver.received).toEqual([]);
    expect(await send('mixed.example.com')).toMatchObject({ status: 200 });
    expect(queries.filter((query) => query.endsWith('mixed.example.com'))).toHaveLength(2);
  });
});
