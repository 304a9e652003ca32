/** The pages for people: static files on both hosts (requirements 17, 19 and 30). Needs the build. */
import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { createGateway } from '#product/index';
import { addHdpTasks, addServicesTasks, createTestGateway } from '../support/gateway.ts';
import { openServer } from '../support/http-server.ts';
import { it as processIt } from '../support/process.ts';
import { requestText, sendRequest } from '../support/raw-http.ts';
import { anHdpTask, aServicesTask } from '../support/tasks.ts';

const HOSTS = ['hdp', 'services'] as const;
const PATHS = ['/', '/task/1', '/task/01JPJ03YJT1A93D6NF56G4GVEQ', '/docs'];
const FOLDER = join(import.meta.dirname, '../../dist/web');
const FILES = globSync('**/*.*', { cwd: FOLDER });
const CHROME = 'text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,*/*;q=0.8';

/** Returns a function that requests a path of a host. */
async function openPages(options: Parameters<typeof createTestGateway>[0] = {}) {
  const gateway = await createTestGateway(options);
  const get = async (host: string, path: string, headers: Record<string, string> = {}, method = 'GET') =>
    gateway.app.request(`http://${host}.test${path}`, { headers, method });
  return { ...gateway, get };
}

/** Returns the paths of the files that a page loads. */
const filesOf = (html: string) =>
  [...html.matchAll(/(?:src|href)="(\/ui\/[^"]+)"/g)].map(([, path]) => `${path}`);

describe.each(HOSTS)('the pages of the %s host', (host) => {
  it('are HTML at every path of a page, without credentials', async () => {
    const { get } = await openPages();
    for (const path of [...PATHS, '/?search=01JPJ&page=2', '/?view=figures']) {
      const response = await get(host, path, { accept: CHROME });
      expect(response.status, path).toBe(200);
      expect(response.headers.get('content-type')).toBe('text/html; charset=utf-8');
      expect(await response.text()).toMatch(/^<!doctype html>/);
    }
  });

  it('have a title, a language, and scripts and styles in files alone', async () => {
    const { get } = await openPages();
    const html = await (await get(host, '/')).text();
    expect(html).toContain('<html lang="en">');
    expect(html).toContain(host === 'hdp' ? '<title>HDP tasks</title>' : '<title>Services tasks</title>');
    expect(html).not.toMatch(/<style|style=|\son\w+=|javascript:|https?:/);
    for (const [, attributes, code] of html.matchAll(/<script([^>]*)>([^<]*)/g)) {
      expect(attributes).toMatch(/ src="\/ui\/[\w-]+\.js"/);
      expect(code).toBe('');
    }
    expect(filesOf(html).length).toBeGreaterThanOrEqual(4);
  });

  it('load files that exist, with their types, for a year', async () => {
    const { get } = await openPages();
    const html = await (await get(host, '/')).text();
    const types: Record<string, string> = {
      css: 'text/css; charset=utf-8',
      js: 'text/javascript; charset=utf-8',
      svg: 'image/svg+xml',
    };
    for (const path of filesOf(html)) {
      const { status, headers } = await get(host, path);
      expect(status, path).toBe(200);
      expect(headers.get('content-type'), path).toBe(types[path.split('.').at(-1) ?? '']);
      expect(headers.get('cache-control')).toBe('public, max-age=31536000, immutable');
      expect(headers.get('vary')).toBeNull();
    }
  });

  it('have a strict policy, and the headers that keep them from other sites', async () => {
    const { get } = await openPages();
    const html = await (await get(host, '/')).text();
    for (const path of [...PATHS, ...filesOf(html)]) {
      const { headers } = await get(host, path);
      expect(Object.fromEntries(headers), path).toMatchObject({
        'content-security-policy':
          "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self'; " +
          "font-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; " +
          "require-trusted-types-for 'script'; trusted-types 'none'",
        'x-content-type-options': 'nosniff',
        'referrer-policy': 'no-referrer',
        'cross-origin-opener-policy': 'same-origin',
        'cross-origin-resource-policy': 'same-origin',
        'x-request-id': 'fresh-id',
        etag: expect.stringMatching(/^"[^"]+"$/),
      });
    }
  });

  it('are revalidated each time, and are 304 with their ETag', async () => {
    const { get } = await openPages();
    const html = await (await get(host, '/')).text();
    for (const path of [...PATHS, ...filesOf(html)]) {
      const { headers } = await get(host, path);
      if (!path.startsWith('/ui/')) {
        expect(headers.get('cache-control'), path).toBe('no-cache');
        expect(headers.get('vary')?.split(', '), path).toContain('Accept');
      }
      const again = await get(host, path, { 'if-none-match': headers.get('etag') ?? '' });
      expect(again.status, path).toBe(304);
      expect(await again.text()).toBe('');
      for (const name of ['etag', 'cache-control', 'vary', 'content-security-policy']) {
        expect(again.headers.get(name), `${path} ${name}`).toBe(headers.get(name));
      }
    }
  });

  it('have no body for HEAD, and the same headers', async () => {
    const { get } = await openPages();
    for (const path of PATHS) {
      const [head, full] = [await get(host, path, {}, 'HEAD'), await get(host, path)];
      expect(head.status).toBe(200);
      expect([...head.headers]).toEqual([...full.headers]);
      expect(await head.text()).toBe('');
      expect(Number(full.headers.get('content-length'))).toBe((await full.arrayBuffer()).byteLength);
    }
  });

  it.each([
    ['no header', undefined],
    ['curl', '*/*'],
    ['a browser', CHROME],
    ['text/html', 'text/html'],
    ['both, HTML first', 'application/json;q=0.9, text/html'],
    ['an empty header', ''],
  ])('are HTML for %s', async (_, accept) => {
    const { get } = await openPages();
    const response = await get(host, '/', accept === undefined ? {} : { accept });
    expect(response.headers.get('content-type')).toBe('text/html; charset=utf-8');
  });

  it.each(['application/json', 'application/json, text/plain, */*', 'Application/JSON; charset=utf-8'])(
    'are an index of the API for %s',
    async (accept) => {
      const { get } = await openPages();
      const response = await get(host, '/', { accept });
      expect(response.status).toBe(200);
      expect(response.headers.get('content-type')).toMatch(/^application\/json/);
      expect(response.headers.get('vary')?.split(', ')).toContain('Accept');
      const index = (await response.json()) as Record<string, string>;
      expect(index).toEqual({ tasks: 'tasks', openapi: 'openapi.json', docs: 'docs' });
      // Also behind a proxy that adds a path prefix.
      const paths = Object.values(index).map(
        (path) => new URL(`${path}`, 'http://proxy.test/prefix/').pathname,
      );
      expect(paths).toEqual(['/prefix/tasks', '/prefix/openapi.json', '/prefix/docs']);
      expect((await get(host, '/openapi.json')).status).toBe(200);
    },
  );

  it('differ by forwarded host in caches if a proxy is trusted', async () => {
    const { get } = await openPages({ trustedProxies: ['127.0.0.1'] });
    expect((await get(host, '/')).headers.get('vary')).toBe('Accept, X-Forwarded-Host, X-Forwarded-Proto');
  });

  it.each(['POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'])(
    'answer 405 to %s, and 401 where other methods need credentials, as JSON',
    async (method) => {
      const { get } = await openPages();
      for (const path of [...PATHS, '/ui/x.js']) {
        const response = await get(host, path, { accept: CHROME }, method);
        expect(response.status, path).toBe(host === 'hdp' ? 405 : 401);
        if (host === 'hdp') expect(response.headers.get('allow')).toBe('GET, HEAD');
        expect(response.headers.get('cache-control')).toBe('no-store');
        expect(response.headers.get('content-type')).toMatch(/^application\/json/);
      }
    },
  );

  it.each(['/ui/hdp-00000000.js', '/ui/..%2fhdp.html', '/ui/%2e%2e%2f%2e%2e%2fpackage.json'])(
    'answer 404 to %s, and no HTML (30)',
    async (path) => {
      const { get } = await openPages();
      const response = await get(host, path, { accept: CHROME });
      expect(response.status).toBe(404);
      expect(response.headers.get('content-type')).toMatch(/^application\/json/);
      expect(response.headers.get('cache-control')).toBe('no-store');
      const sentence = 'There is no such file.';
      expect(await response.json()).toMatchObject(
        host === 'hdp' ? { error: sentence } : { error: { code: 9004, description: sentence } },
      );
    },
  );

  it.each(['/hdp.html', '/task/1/x.js', '/docs/x', '/tsk/1', '/taskss'])(
    'are not at %s: a browser gets a page that says so, and other clients the error of the API',
    async (path) => {
      const { get } = await openPages();
      for (const method of ['GET', 'HEAD']) {
        const response = await get(host, path, { accept: CHROME }, method);
        expect(response.status).toBe(404);
        expect(response.headers.get('content-type')).toBe('text/html; charset=utf-8');
        expect(response.headers.get('cache-control')).toBe('no-store');
        expect(response.headers.get('vary')).toBe('Accept');
        expect(response.headers.get('content-security-policy')).toContain("default-src 'none'");
        const html = await response.text();
        if (method === 'GET') expect(html).toMatch(/There is no page at this address.*<a href="\/">/s);
      }
      // The Services API names no path to a client without credentials.
      const status = host === 'hdp' ? 404 : 401;
      for (const accept of ['*/*', 'application/json', 'application/json, text/html;q=0.9', '']) {
        const response = await get(host, path, { accept });
        expect(response.status, accept).toBe(status);
        expect(response.headers.get('content-type')).toMatch(/^application\/json/);
      }
      expect((await get(host, path, { accept: CHROME }, 'POST')).status).toBe(status);
    },
  );

  it.each(['/ui/', '/tasks/', '/tasks/1/x', '/figures/x', '/openapi.json/', '/is-alive/x'])(
    'are not at %s: the error is JSON, as for each path of the API',
    async (path) => {
      const { get } = await openPages();
      const response = await get(host, path, { accept: CHROME });
      expect(response.status).toBe(host === 'hdp' ? 404 : 401);
      expect(response.headers.get('content-type')).toMatch(/^application\/json/);
    },
  );

  it('answer 412 to an If-Match that names another page, as every response with an ETag does', async () => {
    const { get } = await openPages();
    const [file = ''] = filesOf(await (await get(host, '/')).text());
    for (const path of [...PATHS, file]) {
      const etag = (await get(host, path)).headers.get('etag') ?? '';
      expect((await get(host, path, { 'if-match': '"other"' })).status, path).toBe(412);
      expect((await get(host, path, { 'if-match': etag })).status, path).toBe(200);
      expect((await get(host, path, { 'if-match': '"other"', 'if-none-match': etag })).status, path).toBe(
        412,
      );
    }
  });

  it('answer 503 while the server shuts down', async () => {
    const { get } = await openPages({ isDraining: true });
    for (const path of PATHS) {
      const response = await get(host, path, { accept: CHROME });
      expect(response.status).toBe(503);
      expect(response.headers.get('retry-after')).toMatch(/^\d+$/);
    }
  });

  it('hold no data, so that they are the same for each task', async () => {
    const { get, store } = await openPages();
    await addHdpTasks(store, anHdpTask({ programName: 'a-secret-name' }));
    await addServicesTasks(store, aServicesTask({ desc: 'a-secret-name' }));
    const pages = await Promise.all(PATHS.map(async (path) => (await get(host, path)).text()));
    expect(new Set(pages).size).toBe(1);
    expect(pages[0]).not.toContain('a-secret-name');
  });

  it('are served over a connection and by the fetch of a gateway', async () => {
    const { port } = await openServer();
    const raw = await sendRequest(port, requestText(`${host}.test`, '/task/1'));
    expect(raw.status).toBe(200);
    expect(raw.body).toMatch(/^<!doctype html>/);
    const gateway = await createGateway();
    const response = await gateway.fetch(`http://${host}.localhost/docs`);
    expect(response.status).toBe(200);
    expect(await response.text()).toBe(raw.body);
    await gateway.close();
  });
});

describe('the pages of a server with several workers', () => {
  processIt('are the same files from each worker', async ({ sandbox }) => {
    const { port } = await sandbox.serve(['--workers', '2']);
    const responses = await Promise.all(
      Array.from({ length: 12 }, () => sendRequest(port, requestText('services.localhost', '/task/1'))),
    );
    expect(new Set(responses.map(({ status }) => status))).toEqual(new Set([200]));
    expect(new Set(responses.map(({ body }) => body)).size).toBe(1);
    const [path = ''] = filesOf(responses[0]?.body ?? '');
    expect((await sendRequest(port, requestText('services.localhost', path))).status).toBe(200);
  });
});

describe('the files of the pages', () => {
  it('are at most 80,000 bytes in all, compressed', () => {
    const sizes = FILES.map((file) => gzipSync(readFileSync(join(FOLDER, file)), { level: 9 }).length);
    const sum = sizes.reduce((total, size) => total + size, 0);
    console.log(`Pages: ${sum.toLocaleString('en')} bytes in ${FILES.length} files (gzip -9).`);
    expect(FILES.length).toBeGreaterThan(4);
    expect(sum).toBeLessThanOrEqual(80_000);
  });

  it('are HTML files and files whose name has a hash of the content', () => {
    for (const file of FILES)
      expect(file).toMatch(/^((hdp|services|not-found)\.html|ui\/[\w.-]+-[\w-]{8}\.(js|css|svg))$/);
  });
});
