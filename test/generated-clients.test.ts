import { execFile } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createGateway, type Gateway } from '#product/index';
import { demoAccess } from '../src/demo/seeds.ts';
import type { Adapter, HdpClient, ServicesClient } from './generated-clients/clients.ts';
import { createDocumentChecker } from './support/conformance/document-checker.ts';
import { parseDocument } from './support/conformance/openapi-document.ts';
import {
  type Exchange,
  openValidatingProxy,
  type ValidatingProxy,
  violationsOf,
} from './support/conformance/validating-proxy.ts';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const GENERATE = join(ROOT, 'test/support/child/generate-clients.js');
const TSC = join(ROOT, 'node_modules/typescript/bin/tsc');
const run = promisify(execFile);

const { tokens, keys } = demoAccess();
const [token] = tokens;
const headers = { Authorization: `Bearer ${token?.id}:${token?.secret}` };
const keyOf = (role: string) => ({ 'X-API-KEY': keys.find((key) => key.role === role)?.key ?? '' });

let gateway: Gateway;
let proxies: { services: ValidatingProxy; hdp: ValidatingProxy };
const exchanges: Exchange[] = [];
let folder: string;
/** The errors of the compiler. */
let compilerOutput: string;

beforeAll(async () => {
  gateway = await createGateway({ demo: true });
  const { port } = await gateway.listen();
  folder = mkdtempSync(join(tmpdir(), 'taskgate-'));
  const open = async (name: 'services' | 'hdp') => {
    const host = `${name}.localhost`;
    const response = await gateway.fetch(`http://${host}/openapi.json`);
    const text = await response.text();
    writeFileSync(join(folder, `${name}.json`), text);
    return openValidatingProxy(createDocumentChecker(parseDocument(text)), { port, host }, exchanges);
  };
  proxies = { services: await open('services'), hdp: await open('hdp') };
  await run(process.execPath, [GENERATE, folder, proxies.services.url, proxies.hdp.url]);
  cpSync(join(ROOT, 'test/generated-clients'), folder, { recursive: true });
  linkPackages();
  const settings = {
    extends: join(ROOT, 'tsconfig.json'),
    compilerOptions: { customConditions: [], noPropertyAccessFromIndexSignature: true },
    include: ['*.ts', 'generated'],
    exclude: [],
  };
  writeFileSync(join(folder, 'tsconfig.json'), JSON.stringify(settings));
  writeFileSync(join(folder, 'package.json'), '{"type":"module"}');
  compilerOutput = await run(process.execPath, [TSC, '-p', folder]).then(
    ({ stdout }) => stdout,
    ({ stdout }: { stdout: string }) => stdout,
  );
});

afterAll(async () => {
  await Promise.all([proxies.services.close(), proxies.hdp.close()]);
  await gateway.close();
  rmSync(folder, { recursive: true });
});

/** Makes the packages that the adapters import available to them, without a download. */
function linkPackages(): void {
  const modules = join(folder, 'node_modules');
  for (const name of ['openapi-fetch', '@types/node']) {
    mkdirSync(dirname(join(modules, name)), { recursive: true });
    symlinkSync(join(ROOT, 'node_modules', name), join(modules, name));
  }
  symlinkSync(ROOT, join(modules, 'taskgate'));
}

it('the generated clients and the programs that use them compile without an error in the strictest mode', () => {
  expect(compilerOutput).toBe('');
});

describe.each(['orval', 'openapi-fetch'])('a client by %s', (name) => {
  let services: ServicesClient;
  let stranger: ServicesClient;
  let hdp: HdpClient;
  beforeAll(async () => {
    exchanges.length = 0;
    const adapter: Adapter = await import(pathToFileURL(join(folder, `${name}.ts`)).href);
    services = adapter.createServicesClient(proxies.services.url, headers);
    stranger = adapter.createServicesClient(proxies.services.url, { Authorization: 'Bearer a:b' });
    const clientKeys = { client: keyOf('client'), processor: keyOf('processor') };
    hdp = adapter.createHdpClient(proxies.hdp.url, clientKeys);
  });

  const newTask = (action: string) => ({
    chain: 1764,
    desc: 'Users',
    trigger: { once: '2050-01-01T00:00:00Z' },
    target: { action, export_index: 'users', export_format: 'csv' },
  });

  it('lists, creates, reads, executes and downloads Services tasks', async () => {
    const { id, state } = await services.create(newTask('export'));
    expect(state.code).toBe('READY');
    expect(await services.list({ status: 'READY', limit: 1000 })).toContainEqual(
      expect.objectContaining({ id, logs: null }),
    );
    expect((await services.execute(id)).code).toBe('DONE');
    const { logs, result } = await services.read(id, { log_limit: 1 });
    expect(logs).toEqual([{ time: expect.any(String), level: 'info', message: expect.any(String) }]);
    expect(result).toBe(`User_Export-${id}.csv`);
    expect(await services.download(await services.downloadUrl(id))).toMatch(/^\w+(,\w+)+\r\n/);
  });

  it('gets the errors of the Services API', async () => {
    await expect(stranger.list({})).rejects.toMatchObject({ status: 401 });
    await expect(services.list({ limit: 0 })).rejects.toMatchObject({
      status: 400,
      message: 'limit must be an integer from 1 to 1000.',
    });
    await expect(services.read(999_999)).rejects.toMatchObject({
      status: 404,
      message: 'There is no such task.',
    });
    await expect(services.create({ ...newTask('export'), chain: 1 })).rejects.toMatchObject({ status: 403 });
    const { id } = await services.create(newTask('unknown'));
    await expect(services.execute(id)).rejects.toMatchObject({ status: 409 });
    await expect(services.downloadUrl(id)).rejects.toMatchObject({ status: 409 });
  });

  it('lists, creates, follows and retries HDP tasks', async () => {
    const task = { destination_chain_id: '0xaa36a7', input: { a: 1 }, program_name: `by ${name}` };
    const uuid = await hdp.create(task);
    const { tasks, pagination } = await hdp.list({ hdp_tasks_search: `by ${name}`, hdp_tasks_per_page: 1 });
    expect([tasks[0]?.uuid, pagination.total]).toEqual([uuid, 1]);
    expect((await hdp.status(uuid)).status).toBe('Received');
    expect(await hdp.report(uuid, { to_status: 'DryRunStarted' })).toBe('DryRunStarted');
    expect(await hdp.report(uuid, { to_status: 'DryRunFailed', error_message: 'no' })).toBe('DryRunFailed');
    expect((await hdp.status(uuid)).errorMessage).toBe('no');
    expect(await hdp.retry(uuid)).toBe('Task has been queued for retry');
    expect((await hdp.details(uuid)).status).toBe('Received');
    const { state_transitions } = await hdp.transitions(uuid);
    expect(state_transitions.map(({ to_status }) => to_status)).toEqual([
      'Received',
      'DryRunStarted',
      'DryRunFailed',
      'Received',
    ]);
    expect(await hdp.isAlive()).toBe('healthy');
  });

  it('gets the errors of the HDP API', async () => {
    const uuid = await hdp.create({ destination_chain_id: 1, input: {} });
    await expect(hdp.list({ hdp_tasks_page: 0 })).rejects.toMatchObject({ status: 400 });
    await expect(hdp.status('7ZZZZZZZZZZZZZZZZZZZZZZZZZ')).rejects.toMatchObject({
      status: 404,
      message: 'Task not found',
    });
    await expect(hdp.retry(uuid)).rejects.toMatchObject({
      status: 400,
      message: 'Only a failed task can be retried; this one is at Received.',
    });
  });

  it('repeats a creation with an Idempotency-Key', async () => {
    const key = `key of ${name}`.replaceAll(' ', '-');
    const first = await services.create(newTask('export'), key);
    expect((await services.create(newTask('export'), key)).id).toBe(first.id);
    const uuid = await hdp.create({ destination_chain_id: 1, input: {} }, key);
    expect(await hdp.create({ destination_chain_id: 1, input: {} }, key)).toBe(uuid);
    await expect(hdp.create({ destination_chain_id: 2, input: {} }, key)).rejects.toMatchObject({
      status: 422,
    });
  });

  it('sends and receives only what the documents describe', () => {
    expect(exchanges).not.toHaveLength(0);
    expect(violationsOf(exchanges)).toEqual([]);
  });
});
