import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { hc } from 'hono/client';
import { describe, expect, onTestFinished } from 'vitest';
import { createGateway, type GatewayOptions, type HdpApi } from '#product/index';
import { demoAccess } from '../src/demo/seeds.ts';
import { it } from './support/process.ts';
import { requestText, sendRequest } from './support/raw-http.ts';

const PACKAGE = fileURLToPath(new URL('../dist/index.js', import.meta.url));

const [token] = demoAccess().tokens;
const headers = { Authorization: `Bearer ${token?.id}:${token?.secret}` };

/** Creates a gateway that is closed at the end of the test. */
async function aGateway(options: GatewayOptions = {}) {
  const gateway = await createGateway(options);
  onTestFinished(() => gateway.close());
  return gateway;
}

const totalOf = async ({ fetch }: { fetch: typeof globalThis.fetch }) => {
  const list = await hc<HdpApi>('http://hdp.localhost', { fetch }).tasks.$get({ query: {} });
  return (await list.json()).pagination.total;
};

describe('createGateway', () => {
  it('answers requests to both APIs without a socket', async () => {
    const { fetch } = await aGateway({ demo: true });
    const listed = await fetch('http://services.localhost/tasks?limit=1', { headers });
    expect(listed.status).toBe(200);
    expect(await listed.json()).toHaveLength(1);
    expect(await totalOf({ fetch })).toBeGreaterThan(0);
    expect((await fetch(new URL('http://example.com/tasks'))).status).toBe(421);
  });

  it('listens on a free port, with an empty database in memory, by default', async () => {
    const gateway = await aGateway();
    const address = await gateway.listen();
    expect(address).toMatchObject({ address: '127.0.0.1', port: expect.any(Number) });
    expect(await gateway.listen()).toEqual(address);
    const answer = await sendRequest(address.port, requestText('hdp.localhost', '/tasks'));
    expect(JSON.parse(answer.body)).toMatchObject({ tasks: [], pagination: { total: 0 } });
  });

  it('accepts host names in any case', async () => {
    const { fetch } = await aGateway({ hdpHosts: ['HDP.Example.com'] });
    expect((await fetch('http://hdp.example.com/tasks')).status).toBe(200);
  });

  it('rejects a host that both APIs have', async () => {
    const hosts = { servicesHosts: ['a.test', 'b.test'], hdpHosts: ['B.test'] };
    await expect(createGateway(hosts)).rejects.toThrow(
      /^The configuration is wrong: hdpHosts must not share b\.test with servicesHosts\.$/,
    );
  });

  it.each<[GatewayOptions, string]>([
    [{ port: 70_000 }, 'port must be an integer from 0 to 65535'],
    [
      { port: 1.5, host: 'no host' },
      'host must be an address or a host name; port must be an integer from 0',
    ],
    [{ servicesHosts: [] }, 'servicesHosts must be one or more host names'],
    [{ trustedProxies: ['10.0.0.0/33'] }, 'trustedProxies must contain only IP addresses'],
    [{ webhookAllow: ['example.com'] }, 'webhookAllow must contain only IP addresses'],
    [{ runTimeoutSeconds: 0 }, 'runTimeoutSeconds must be an integer from 1 to 604800'],
    [{ keepAliveTimeoutSeconds: -1 }, 'keepAliveTimeoutSeconds must be an integer from 1 to 3600'],
    [{ servicesUrl: 'tasks.example.com' }, 'servicesUrl must be a URL such as https://tasks.example.com'],
    [{ downloadKey: 'short' }, 'downloadKey must have at least 32 characters'],
  ])('rejects %j, as the environment variable of the same meaning', async (options, problem) => {
    await expect(createGateway(options)).rejects.toThrow(`The configuration is wrong: ${problem}`);
  });

  it.each<[unknown, string]>([
    [null, 'the options must be an object'],
    [{ port: null }, 'port must be a number'],
    [{ port: '80', runTasks: 'no' }, 'port must be a number; runTasks must be true or false'],
    [{ hdpHosts: 'a.test' }, 'hdpHosts must be an array of strings'],
    [{ hdpHosts: ['a.test', 5] }, 'hdpHosts.1 must be a string'],
    [{ now: 5 }, 'now must be a function'],
    [{ log: {} }, 'log.info must be a function'],
    [{ databaseURL: 'x.db', prot: 80 }, 'there is no option databaseURL, prot'],
  ])('rejects %j from JavaScript', async (options, problem) => {
    const created: Promise<unknown> = Reflect.apply(createGateway, undefined, [options]);
    await expect(created).rejects.toThrow(`The configuration is wrong: ${problem}`);
  });

  it('rejects the URL of a database that is not supported', async () => {
    const created = createGateway({ databaseUrl: 'mysql://localhost/tasks' });
    await expect(created).rejects.toThrow(
      /^databaseUrl must be a file path, a file: URL or a postgres:\/\/ URL\.$/,
    );
  });

  it('rejects replicas of a database that is not of PostgreSQL, and replicas that are no URLs', async () => {
    await expect(createGateway({ databaseReplicaUrls: ['postgres://replica/x'] })).rejects.toThrow(
      'databaseReplicaUrls needs a databaseUrl of PostgreSQL',
    );
    const options = { databaseUrl: 'postgres://db/x', databaseReplicaUrls: ['x'] };
    await expect(createGateway(options)).rejects.toThrow(
      'databaseReplicaUrls must contain only postgres:// URLs',
    );
  });

  it('accepts a file: URL', async ({ sandbox }) => {
    const file = join(sandbox.dir, 'tasks.db');
    const databaseUrl = pathToFileURL(file).href;
    await (await aGateway({ databaseUrl, exportsDir: join(sandbox.dir, 'exports') })).close();
    expect(existsSync(file)).toBe(true);
  });

  it('rejects a port that is in use, and can then be closed', async () => {
    const { port } = await (await aGateway()).listen();
    const second = await aGateway({ port });
    await expect(second.listen()).rejects.toThrow(`Cannot listen on 127.0.0.1:${port}: that port is in use.`);
    await second.close();
  });

  it('neither listens nor reads the database after it is closed', async () => {
    const gateway = await aGateway();
    await Promise.all([gateway.close(), gateway.close()]);
    await expect(gateway.listen()).rejects.toThrow('The gateway is closed.');
    expect((await gateway.fetch('http://hdp.localhost/tasks')).status).toBe(503);
  });

  it.for(['memory', 'files'])('shares nothing between two gateways (%s)', async (kind, { sandbox }) => {
    const options = (name: string): GatewayOptions =>
      kind === 'memory'
        ? {}
        : { databaseUrl: join(sandbox.dir, `${name}.db`), exportsDir: join(sandbox.dir, name) };
    const [first, second] = [
      await aGateway({ ...options('first'), demo: true }),
      await aGateway(options('second')),
    ];
    const [one, other] = [await first.listen(), await second.listen()];
    expect(other.port).not.toBe(one.port);
    expect([await totalOf(first), await totalOf(second)]).toEqual([expect.any(Number), 0]);
    expect(await totalOf(first)).toBeGreaterThan(0);
    await first.close();
    expect((await sendRequest(other.port, requestText('hdp.localhost', '/tasks'))).status).toBe(200);
    await expect(sendRequest(one.port, requestText('hdp.localhost', '/tasks'))).rejects.toThrow();
  });

  it.for(['memory', 'database'])(
    'leaves nothing open when it is closed, so that the process ends (%s)',
    async (kind, { sandbox }) => {
      const options: GatewayOptions =
        kind === 'database'
          ? { databaseUrl: sandbox.databaseUrl, exportsDir: join(sandbox.dir, 'exports') }
          : {};
      const program = `
        import { createGateway } from ${JSON.stringify(PACKAGE)};
        const gateway = await createGateway({ ...${JSON.stringify(options)}, demo: true });
        await gateway.listen();
        const headers = ${JSON.stringify(headers)};
        const url = 'http://services.localhost/tasks';
        const [task] = await (await gateway.fetch(url + '?action=export', { headers })).json();
        const ended = await gateway.fetch(url + '/' + task.id + '/execute', { method: 'POST', headers });
        console.log((await ended.json()).code);
        await (await gateway.fetch('http://hdp.localhost/tasks?hdp_tasks_search=01J')).json();
        await gateway.close();
        console.log('closed');
      `;
      const run = sandbox.node(['--input-type=module', '--eval', program], { TMPDIR: sandbox.dir });
      expect(await run.exited).toMatchObject({ code: 0, stdout: 'DONE\nclosed\n', stderr: '' });
      if (kind === 'memory') expect(readdirSync(sandbox.dir)).toEqual([]);
    },
  );
});
