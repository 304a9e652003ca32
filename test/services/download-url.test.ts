import { execFileSync } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { mkdir, rm, symlink, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { Action } from '../../src/actions/action.ts';
import { EXPORT_CONTENT, exportAction } from '../support/actions.ts';
import { createDownload, FILE_MISSING, INVALID_DOWNLOAD_URL } from '../support/download.ts';
import { addServicesTasks, asAdmin, asChain, logsOf, NOW } from '../support/gateway.ts';
import { servicesError } from '../support/services-requests.ts';
import { aServicesTask } from '../support/tasks.ts';

const HOUR_MS = 3_600_000;

describe('GET /tasks/{id}/download_url', () => {
  it('returns a URL on the host of the request', async () => {
    const { url } = await createDownload();
    expect(url).toMatch(
      /^http:\/\/services\.test\/downloads\/7\/User_Export-7\.csv\?expires=\d+&signature=[\w-]{43}$/,
    );
  });

  it('returns a URL that begins with SERVICES_URL if it is set', async () => {
    const { url } = await createDownload({ servicesUrl: 'https://tasks.example.com/x' });
    expect(url).toMatch(/^https:\/\/tasks\.example\.com\/x\/downloads\/7\//);
  });

  it.each([
    ['is READY', { id: 1 }, 'A task has a file only if its action is export and it is DONE.'],
    [
      'has another action',
      { id: 1, target: { action: 'talk' }, state: { code: 'DONE' as const } },
      'A task has a file only if its action is export and it is DONE.',
    ],
    [
      'was imported without its file',
      { id: 1, state: { code: 'DONE' as const }, result: 'User_Export-1.csv' },
      FILE_MISSING,
    ],
  ])('returns 409 when the task %s', async (_, task, description) => {
    const { store, getDownloadUrl } = await createDownload();
    await addServicesTasks(store, aServicesTask(task));
    expect(await getDownloadUrl(1)).toEqual({
      status: 409,
      body: servicesError(9009, 'task_state_conflict', description),
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
  ])('returns 409 when the file %s, and an earlier URL returns 403', async (_, change) => {
    const { getDownloadUrl, ask, url, exportsDir } = await createDownload();
    const [name = ''] = readdirSync(join(exportsDir, '1764'));
    await change(join(exportsDir, '1764', name));
    expect(await getDownloadUrl(7)).toMatchObject({
      status: 409,
      body: {
        error: { description: FILE_MISSING },
      },
    });
    expect(await ask(url)).toMatchObject({ status: 403, text: INVALID_DOWNLOAD_URL });
  });

  it("returns the same 404 for another chain's task as for a missing task", async () => {
    const { store, getDownloadUrl } = await createDownload();
    await addServicesTasks(store, aServicesTask({ id: 8, chain: 9 }));
    const [other, missing] = [await getDownloadUrl(8), await getDownloadUrl(99)];
    expect(other).toEqual(missing);
    expect(other.status).toBe(404);
  });

  it('accepts a session with READ access', async () => {
    const { store, getDownloadUrl } = await createDownload();
    await store.access.grant({ userId: 7, chain: 1764, level: 'READ' });
    expect((await getDownloadUrl(7, await asAdmin(store, 7, 1764))).status).toBe(200);
  });
});

describe('a download URL', () => {
  it('returns 403 after another run, and a new URL works', async () => {
    const { url, ask, runner, getDownloadUrl } = await createDownload();
    await runner.execute(1764, 7);
    expect(await ask(url)).toMatchObject({ status: 403, text: INVALID_DOWNLOAD_URL });
    expect(await ask(url, { Range: 'bytes=9-' })).toMatchObject({ status: 403, text: INVALID_DOWNLOAD_URL });
    const { body } = await getDownloadUrl(7);
    // Both URLs have the same expiry, so only the signed run differs.
    expect(new URL(body.url).searchParams.get('expires')).toBe(new URL(url).searchParams.get('expires'));
    expect(await ask(body.url)).toMatchObject({ status: 200, text: EXPORT_CONTENT });
  });

  it("never returns another chain's file, even if that chain has exported a task with the same id", async () => {
    const { url, ask, store, runner } = await createDownload();
    await addServicesTasks(store, aServicesTask({ id: 7, chain: 9 }));
    await runner.execute(9, 7);
    expect(await ask(url)).toMatchObject({ status: 403, text: INVALID_DOWNLOAD_URL });
    // The first chain imports the id again.
    await addServicesTasks(store, aServicesTask({ id: 7, chain: 1764 }));
    await runner.execute(1764, 7);
    expect(await ask(url)).toMatchObject({ status: 403, text: INVALID_DOWNLOAD_URL });
  });

  it.each([
    ['1764', 17],
    ['17', 1764],
    ['0', 1764],
    ['.', 1764],
  ])('is not created for a file in the folder %s if the task is of chain %i', async (folder, chain) => {
    const misplacingAction: Action = {
      ...exportAction,
      run: async (_, { exportsDir }) => {
        await mkdir(join(exportsDir, folder), { recursive: true });
        await writeFile(join(exportsDir, folder, '8-x.csv'), EXPORT_CONTENT);
        return { result: 'User_Export-8.csv', file: `${folder}/8-x.csv` };
      },
    };
    const { store, runner, getDownloadUrl } = await createDownload({ actions: [misplacingAction] });
    await addServicesTasks(store, aServicesTask({ id: 8, chain }));
    expect(await runner.execute(chain, 8)).toMatchObject({ task: { status: 'DONE' } });
    expect(await store.servicesTaskLifecycle.findFile(8)).toBeUndefined();
    expect(await getDownloadUrl(8, await asChain(store, chain))).toMatchObject({
      status: 409,
      body: {
        error: { description: FILE_MISSING },
      },
    });
  });

  it('is valid for one hour', async () => {
    const { url, ask, time } = await createDownload();
    time.now = NOW + HOUR_MS - 1;
    expect((await ask(url)).status).toBe(200);
    time.now = NOW + HOUR_MS;
    expect(await ask(url)).toMatchObject({ status: 403, text: INVALID_DOWNLOAD_URL });
  });

  it.each<[string, (url: string) => string]>([
    ['another task', (url: string) => url.replace('/7/', '/8/')],
    ['a leading zero of the task', (url: string) => url.replace('/7/', '/07/')],
    ...["1'--", '%00', '9223372036854775807', '9007199254740992', '7.0', '-7', 'NaN', 'Infinity', '%20'].map(
      (id): [string, (url: string) => string] => [`the task ${id}`, (url) => url.replace('/7/', `/${id}/`)],
    ),
    ['another name', (url: string) => url.replace('.csv', '.html')],
    ['another expiry', (url: string) => url.replace(/expires=(\d)/, 'expires=9')],
    ['no expiry', (url: string) => url.replace(/expires=\d+&/, '')],
    ['another signature', (url: string) => url.replace(/.$/, (last) => (last === 'A' ? 'Q' : 'A'))],
    ['a longer signature', (url: string) => `${url}A`],
    ['a second expiry', (url: string) => `${url}&expires=99999999999`],
    ['a second signature', (url: string) => `${url}&signature=x`],
    ['no signature', (url: string) => url.replace(/&signature=.*/, '')],
    ['a malformed encoding in an unknown parameter', (url: string) => `${url}&x=%ff`],
    ['a malformed encoding', (url: string) => url.replace('User', '%zz')],
    ['a path traversal', (url: string) => url.replace('User_Export-7.csv', '..%2F..%2Fetc%2Fpasswd')],
  ])('returns 403 if it is altered: %s', async (_, alter) => {
    const { url, ask } = await createDownload();
    expect(await ask(alter(url))).toMatchObject({ status: 403, text: INVALID_DOWNLOAD_URL });
  });

  it('returns 403 after its file is removed and after a failed run', async () => {
    const { url, ask, store, exportsDir, time } = await createDownload();
    await rm(exportsDir, { recursive: true });
    expect(await ask(url)).toMatchObject({ status: 403, text: INVALID_DOWNLOAD_URL });
    await store.taskRuns.claim(1764, 7, ['export'], { run: 'r', leaseMs: 1 });
    const result = {
      status: 'ERROR',
      result: null,
      file: null,
      logs: [],
      now: time.now,
      nextTask: undefined,
    } as const;
    await store.taskRuns.finish(7, 'r', result);
    expect(await ask(url)).toMatchObject({ status: 403, text: INVALID_DOWNLOAD_URL });
  });

  it.each([
    ['moved to another chain', { id: 7, chain: 9 }],
    ['replaced by an import', { id: 7, desc: 'another' }],
  ])(
    'returns 403 after its task is %s, which removes the file and the log of the task',
    async (_, changes) => {
      const { url, ask, store } = await createDownload();
      await addServicesTasks(store, aServicesTask({ target: { action: 'export' }, ...changes }));
      expect(await ask(url)).toMatchObject({ status: 403, text: INVALID_DOWNLOAD_URL });
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

  it('is not logged with its signature', async () => {
    const { url, ask, logLines } = await createDownload();
    await ask(url);
    expect(logLines.at(-1)).toContain('/downloads/7/');
    expect(logLines.join()).not.toContain('signature');
  });
});
