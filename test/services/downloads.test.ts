import { execFileSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readlinkSync, rmSync, writeFileSync } from 'node:fs';
import { mkdir, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { Action } from '../../src/actions/action.ts';
import { EXPORTED, exportAction } from '../support/actions.ts';
import { expectDocumented } from '../support/documents.ts';
import {
  addServicesTasks,
  asAdmin,
  asChain,
  createTestGateway,
  type GatewayOptions,
  logsOf,
  NOW,
} from '../support/gateway.ts';
import { aServicesTask } from '../support/tasks.ts';

const HOUR = 3_600_000;
let exportsDir: string;
let now: number;
beforeEach(() => {
  exportsDir = mkdtempSync(join(tmpdir(), 'taskgate-'));
  now = NOW;
});
afterEach(() => rmSync(exportsDir, { recursive: true, force: true }));

/** A gateway with a task that has been exported, and how to ask it. */
async function exported(options: GatewayOptions = {}) {
  const gateway = await createTestGateway({
    actions: [exportAction],
    exportsDir,
    now: () => now,
    ...options,
  });
  const { app, store, runner } = gateway;
  await addServicesTasks(store, aServicesTask({ id: 7 }));
  await runner.execute(1764, 7);
  const credentials = await asChain(store, 1764);
  const urlOf = async (id: number, headers: Record<string, string> = credentials) => {
    const url = `http://services.test/tasks/${id}/download_url`;
    const response = await app.request(url, { headers });
    const text = await response.text();
    expectDocumented(url, response, text);
    return { status: response.status, body: JSON.parse(text) };
  };
  const ask = async (url: string, headers: Record<string, string> = {}, method = 'GET') => {
    const response = await app.request(url, { headers, method });
    const text = await response.text();
    expectDocumented(url, response, text, method === 'HEAD' ? 'none' : method);
    return { status: response.status, headers: response.headers, text };
  };
  const { body } = await urlOf(7);
  const url: string = body.url ?? '';
  return { ...gateway, urlOf, ask, url };
}

const FORBIDDEN =
  '{"result":{"code":2,"status":"error"},"error":{"code":68,"name":"permission_denied_or_non_existent","description":"This download URL is not valid, or no longer."}}';

describe('GET /tasks/{id}/download_url', () => {
  it('begins with the host that the request named', async () => {
    const { url } = await exported();
    expect(url).toMatch(
      /^http:\/\/services\.test\/downloads\/7\/User_Export-7\.csv\?expires=\d+&signature=[\w-]{43}$/,
    );
  });

  it('begins with SERVICES_URL where that is set', async () => {
    const { url } = await exported({ servicesUrl: 'https://tasks.example.com/x' });
    expect(url).toMatch(/^https:\/\/tasks\.example\.com\/x\/downloads\/7\//);
  });

  it.each([
    ['is READY', { id: 1 }, 'Only a task whose action is export has a file, once it is DONE.'],
    [
      'has another action',
      { id: 1, target: { action: 'talk' }, state: { code: 'DONE' as const } },
      'Only a task whose action is export has a file, once it is DONE.',
    ],
    [
      'was imported without its file',
      { id: 1, state: { code: 'DONE' as const }, result: 'User_Export-1.csv' },
      'The file of this task is not here; execute the task to make it again.',
    ],
  ])('returns 409 when the task %s', async (_, task, description) => {
    const { store, urlOf } = await exported();
    await addServicesTasks(store, aServicesTask(task));
    expect(await urlOf(1)).toEqual({
      status: 409,
      body: {
        result: { code: 2, status: 'error' },
        error: { code: 9009, name: 'task_state_conflict', description },
      },
    });
  });

  it.each([
    ['is gone', async (path: string) => rm(path)],
    ['is a folder', async (path: string) => rm(path).then(() => mkdir(path))],
    ['is a named pipe', async (path: string) => rm(path).then(() => execFileSync('mkfifo', [path]))],
    ['is a link to itself', async (path: string) => rm(path).then(() => symlink(path, path))],
    [
      'lies in a folder that is now a file',
      async (path: string) => {
        await rm(dirname(path), { recursive: true });
        await writeFile(dirname(path), '');
      },
    ],
  ])('returns 409 when the file %s, and its URL 403', async (_, change) => {
    const { urlOf, ask, url } = await exported();
    const [name = ''] = readdirSync(join(exportsDir, '1764'));
    await change(join(exportsDir, '1764', name));
    expect(await urlOf(7)).toMatchObject({
      status: 409,
      body: {
        error: { description: 'The file of this task is not here; execute the task to make it again.' },
      },
    });
    expect(await ask(url)).toMatchObject({ status: 403, text: FORBIDDEN });
  });

  it("answers 404 to another chain's task like to a missing one", async () => {
    const { store, urlOf } = await exported();
    await addServicesTasks(store, aServicesTask({ id: 8, chain: 9 }));
    const [other, missing] = [await urlOf(8), await urlOf(99)];
    expect(other).toEqual(missing);
    expect(other.status).toBe(404);
  });

  it('is open to a session with READ', async () => {
    const { store, urlOf } = await exported();
    await store.access.grant({ userId: 7, chain: 1764, level: 'READ' });
    expect((await urlOf(7, await asAdmin(store, 7, 1764))).status).toBe(200);
  });
});

describe('a download', () => {
  it('is the whole file, without credentials', async () => {
    const { url, ask } = await exported();
    const { status, headers, text } = await ask(url);
    expect({ status, text }).toEqual({ status: 200, text: EXPORTED });
    expect(Object.fromEntries(headers)).toMatchObject({
      'accept-ranges': 'bytes',
      'content-disposition': 'attachment; filename="User_Export-7.csv"',
      'content-length': String(EXPORTED.length),
      'content-type': 'text/csv; charset=utf-8',
      etag: expect.stringMatching(/^"[\w-]+"$/),
      'last-modified': expect.stringContaining('GMT'),
      'x-content-type-options': 'nosniff',
    });
  });

  it('answers HEAD like GET, without a body', async () => {
    const { url, ask } = await exported();
    const [get, head] = [await ask(url), await ask(url, {}, 'HEAD')];
    expect(head.text).toBe('');
    expect(Object.fromEntries(head.headers)).toEqual(Object.fromEntries(get.headers));
  });

  it.each([
    ['bytes=0-0', 'i', 'bytes 0-0/25'],
    ['bytes=9-', EXPORTED.slice(9), 'bytes 9-24/25'],
    ['bytes=-4', EXPORTED.slice(-4), 'bytes 21-24/25'],
    ['bytes=-999', EXPORTED, 'bytes 0-24/25'],
    ['bytes=20-999', EXPORTED.slice(20), 'bytes 20-24/25'],
  ])('returns 206 for the range %s', async (range, text, place) => {
    const { url, ask } = await exported();
    const answer = await ask(url, { Range: range });
    expect(answer).toMatchObject({ status: 206, text });
    expect(answer.headers.get('content-range')).toBe(place);
    expect(answer.headers.get('content-length')).toBe(String(text.length));
  });

  it.each(['bytes=25-', 'bytes=99-100', 'bytes=-0'])('returns 416 for the range %s', async (range) => {
    const { url, ask } = await exported();
    const { status, headers, text } = await ask(url, { Range: range });
    expect({ status, text, place: headers.get('content-range') }).toEqual({
      status: 416,
      text: '',
      place: 'bytes */25',
    });
  });

  it.each(['bytes=0-1,4-5', 'bytes=99-,0-1', 'rows=0-1', 'bytes=x', 'bytes', 'bytes=-', 'bytes=5-2'])(
    'is whole for the range %s',
    async (range) => {
      const { url, ask } = await exported();
      expect(await ask(url, { Range: range })).toMatchObject({ status: 200, text: EXPORTED });
    },
  );

  it('gives a range only of the file that If-Range means', async () => {
    const { url, ask } = await exported();
    const { headers } = await ask(url);
    const Range = 'bytes=0-1';
    for (const name of ['etag', 'last-modified']) {
      expect(await ask(url, { Range, 'If-Range': headers.get(name) ?? '' })).toMatchObject({ status: 206 });
    }
    for (const other of ['"other"', 'Thu, 01 Jan 1970 00:00:00 GMT', `W/${headers.get('etag')}`]) {
      expect(await ask(url, { Range, 'If-Range': other })).toMatchObject({ status: 200, text: EXPORTED });
    }
  });

  it('returns 304 for a client that has it', async () => {
    const { url, ask } = await exported();
    const { headers } = await ask(url);
    const [etag = '', modified = ''] = [headers.get('etag') ?? '', headers.get('last-modified') ?? ''];
    expect(await ask(url, { 'If-None-Match': etag })).toMatchObject({ status: 304, text: '' });
    expect(await ask(url, { 'If-Modified-Since': modified })).toMatchObject({ status: 304 });
    expect(await ask(url, { 'If-None-Match': '"x"', 'If-Modified-Since': modified })).toMatchObject({
      status: 200,
    });
  });

  it.each([
    ['If-Match', '"x"'],
    ['If-Match', 'W/ETAG'],
    ['If-Unmodified-Since', 'Thu, 01 Jan 1970 00:00:00 GMT'],
  ])('returns 412 when %s: %s is false, whatever else is asked', async (name, value) => {
    const { url, ask } = await exported();
    const etag = (await ask(url)).headers.get('etag') ?? '';
    const condition = { [name]: value.replace('ETAG', etag) };
    for (const more of [{}, { Range: 'bytes=0-1' }, { Range: 'bytes=99-' }, { 'If-None-Match': etag }]) {
      const { status, text } = await ask(url, { ...condition, ...more });
      expect({ status, body: JSON.parse(text) }).toEqual({
        status: 412,
        body: {
          result: { code: 2, status: 'error' },
          error: {
            code: 9012,
            name: 'precondition_failed',
            description: 'What If-Match or If-Unmodified-Since requires does not hold.',
          },
        },
      });
    }
    expect((await ask(url, condition, 'HEAD')).status).toBe(412);
  });

  it('returns 200 or 206 when If-Match and If-Unmodified-Since hold', async () => {
    const { url, ask } = await exported();
    const { headers } = await ask(url);
    const [etag = '', modified = ''] = [headers.get('etag') ?? '', headers.get('last-modified') ?? ''];
    const epoch = 'Thu, 01 Jan 1970 00:00:00 GMT';
    expect(await ask(url, { 'If-Match': etag, 'If-Unmodified-Since': epoch })).toMatchObject({ status: 200 });
    expect(await ask(url, { 'If-Match': '*', Range: 'bytes=0-1' })).toMatchObject({ status: 206 });
    expect(await ask(url, { 'If-Unmodified-Since': modified })).toMatchObject({ status: 200 });
    expect(await ask(url, { 'If-Unmodified-Since': 'yesterday' })).toMatchObject({ status: 200 });
  });

  it.each(['bytes=0-1', 'bytes=99-'])('ignores the range %s of HEAD', async (range) => {
    const { url, ask } = await exported();
    const { status, headers } = await ask(url, { Range: range }, 'HEAD');
    expect({ status, length: headers.get('content-length'), place: headers.get('content-range') }).toEqual({
      status: 200,
      length: String(EXPORTED.length),
      place: null,
    });
  });

  it('has Cache-Control and its validators also in 206, 304 and 416', async () => {
    const { url, ask } = await exported();
    const { headers } = await ask(url);
    const etag = headers.get('etag') ?? '';
    const names = ['cache-control', 'etag', 'last-modified'];
    const kept = names.map((name) => headers.get(name));
    expect(kept[0]).toBe('private, no-store');
    for (const [status, asked] of [
      [206, { Range: 'bytes=0-1' }],
      [304, { 'If-None-Match': etag }],
      [416, { Range: 'bytes=99-' }],
    ] as const) {
      const response = await ask(url, asked);
      expect(response.status).toBe(status);
      expect(names.map((name) => response.headers.get(name))).toEqual(kept);
    }
  });

  it('is of the run that its URL was made for: after another run the URL is 403, and a new one works', async () => {
    const { url, ask, runner, urlOf } = await exported();
    await runner.execute(1764, 7);
    expect(await ask(url)).toMatchObject({ status: 403, text: FORBIDDEN });
    expect(await ask(url, { Range: 'bytes=9-' })).toMatchObject({ status: 403, text: FORBIDDEN });
    const { body } = await urlOf(7);
    // The runs ended in the same second.
    expect(new URL(body.url).searchParams.get('expires')).toBe(new URL(url).searchParams.get('expires'));
    expect(await ask(body.url)).toMatchObject({ status: 200, text: EXPORTED });
  });

  it("never gives another chain's file, also when that chain's task has the same id and has run", async () => {
    const { url, ask, store, runner } = await exported();
    await addServicesTasks(store, aServicesTask({ id: 7, chain: 9 }));
    await runner.execute(9, 7);
    expect(await ask(url)).toMatchObject({ status: 403, text: FORBIDDEN });
    // The id comes back to the chain, and runs once more.
    await addServicesTasks(store, aServicesTask({ id: 7, chain: 1764 }));
    await runner.execute(1764, 7);
    expect(await ask(url)).toMatchObject({ status: 403, text: FORBIDDEN });
  });

  it.each([
    ['1764', 17],
    ['17', 1764],
    ['0', 1764],
    ['.', 1764],
  ])('is not made for a file in the folder %s, whose task is of chain %i', async (folder, chain) => {
    const misplace: Action = {
      ...exportAction,
      run: async () => {
        await mkdir(join(exportsDir, folder), { recursive: true });
        await writeFile(join(exportsDir, folder, '8-x.csv'), EXPORTED);
        return { result: 'User_Export-8.csv', file: `${folder}/8-x.csv` };
      },
    };
    const { store, runner, urlOf } = await exported({ actions: [misplace] });
    await addServicesTasks(store, aServicesTask({ id: 8, chain }));
    expect(await runner.execute(chain, 8)).toMatchObject({ task: { status: 'DONE' } });
    expect(await store.servicesTaskLifecycle.findFile(8)).toBeUndefined();
    expect(await urlOf(8, await asChain(store, chain))).toMatchObject({
      status: 409,
      body: {
        error: { description: 'The file of this task is not here; execute the task to make it again.' },
      },
    });
  });

  it('counts for an hour', async () => {
    const { url, ask } = await exported();
    now = NOW + HOUR - 1;
    expect((await ask(url)).status).toBe(200);
    now = NOW + HOUR;
    expect(await ask(url)).toMatchObject({ status: 403, text: FORBIDDEN });
  });

  it.each([
    ['the task', (url: string) => url.replace('/7/', '/8/')],
    ['the spelling of the task', (url: string) => url.replace('/7/', '/07/')],
    ['the name', (url: string) => url.replace('.csv', '.html')],
    ['the expiry', (url: string) => url.replace(/expires=(\d)/, 'expires=9')],
    ['no expiry', (url: string) => url.replace(/expires=\d+&/, '')],
    ['the signature', (url: string) => url.replace(/.$/, (last) => (last === 'A' ? 'Q' : 'A'))],
    ['a longer signature', (url: string) => `${url}A`],
    ['a second expiry', (url: string) => `${url}&expires=99999999999`],
    ['a second signature', (url: string) => `${url}&signature=x`],
    ['no signature', (url: string) => url.replace(/&signature=.*/, '')],
    ['a malformed encoding in a parameter that nobody reads', (url: string) => `${url}&x=%ff`],
    ['a malformed encoding', (url: string) => url.replace('User', '%zz')],
    ['a climb', (url: string) => url.replace('User_Export-7.csv', '..%2F..%2Fetc%2Fpasswd')],
  ])('that is altered (%s) is 403 and says nothing', async (_, alter) => {
    const { url, ask } = await exported();
    expect(await ask(alter(url))).toMatchObject({ status: 403, text: FORBIDDEN });
  });

  it('whose file, or whose success, is gone is 403 and says nothing', async () => {
    const { url, ask, store } = await exported();
    await rm(exportsDir, { recursive: true });
    expect(await ask(url)).toMatchObject({ status: 403, text: FORBIDDEN });
    await store.taskRuns.claim(1764, 7, ['export'], { run: 'r', now, until: now + 1 });
    const end = { status: 'ERROR', result: null, file: null, logs: [], now, follower: undefined } as const;
    await store.taskRuns.finish(7, 'r', end);
    expect(await ask(url)).toMatchObject({ status: 403, text: FORBIDDEN });
  });

  it.each([
    ['given to another chain', { id: 7, chain: 9 }],
    ['replaced by an import', { id: 7, desc: 'another' }],
  ])(
    'of a task that is then %s is 403, and the task has neither its file nor its log',
    async (_, changes) => {
      const { url, ask, store } = await exported();
      await addServicesTasks(store, aServicesTask({ target: { action: 'export' }, ...changes }));
      expect(await ask(url)).toMatchObject({ status: 403, text: FORBIDDEN });
      expect(
        logsOf(
          await store.servicesTaskLifecycle.findLogged('chain' in changes ? changes.chain : 1764, 7, {
            limit: 10,
            offset: 0,
          }),
        ),
      ).toEqual([]);
      expect(await store.servicesTaskLifecycle.findFile(7)).toBeUndefined();
    },
  );

  it('returns 405 for other methods', async () => {
    const { url, ask } = await exported();
    const { status, headers } = await ask(url, {}, 'POST');
    expect({ status, allow: headers.get('allow') }).toEqual({ status: 405, allow: 'GET, HEAD' });
  });

  it('is not logged with its signature', async () => {
    const { url, ask, logLines } = await exported();
    await ask(url);
    expect(logLines.at(-1)).toContain('/downloads/7/');
    expect(logLines.join()).not.toContain('signature');
  });

  it('closes its file, whether it is read, left in the middle, or never begun', async () => {
    const { url, app, ask } = await exported();
    // More than is read ahead.
    for (const name of readdirSync(join(exportsDir, '1764'))) {
      writeFileSync(join(exportsDir, '1764', name), Buffer.alloc(1e6));
    }
    await ask(url);
    await ask(url, {}, 'HEAD');
    await ask(url, { Range: 'bytes=1000000-' });
    const left = await app.request(url);
    await left.body?.cancel();
    await vi.waitFor(() => expect(openFilesIn(exportsDir)).toEqual([]));
  });
});

function openFilesIn(folder: string): string[] {
  const links = readdirSync('/proc/self/fd').map((fd) => {
    try {
      return readlinkSync(`/proc/self/fd/${fd}`);
    } catch {
      return '';
    }
  });
  return links.filter((path) => path.startsWith(folder));
}
