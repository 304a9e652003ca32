/**
 * Pages for people (contract C): static files of the build, which hold no data and need no credentials. The scripts of a
 * page read the API.
 */
import { existsSync, globSync, readFileSync } from 'node:fs';
import { extname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Context, Env, Hono } from 'hono';
import { accepts } from 'hono/accepts';
import { type CacheHeaders, cacheHeaders, NO_STORE } from './cache-control.ts';
import { etagOf } from './etag.ts';
import { JSON_TYPE } from './json-body.ts';
import { evaluatePreconditions } from './preconditions.ts';

/** Built by `npm run build`. The path is the same from src/ and from dist/. */
const PAGES_FOLDER = fileURLToPath(new URL('../../dist/web', import.meta.url));

/** The paths of the pages, for the methods GET and HEAD. */
export const PAGE_PATHS = ['/', '/task/:id', '/docs', '/ui/:file'] as const;

/** The HTML file of each API. */
export type PageApi = 'hdp' | 'services';

interface PageFile {
  body: Buffer;
  etag: string;
  type: string;
}

const TYPES: Record<string, string> = {
  '.css': 'text/css; charset=utf-8',
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.svg': 'image/svg+xml',
};

/** Scripts, styles and requests come from this host alone; nothing is inline, and no text becomes markup. */
const CONTENT_SECURITY_POLICY = [
  "default-src 'none'",
  ...["script-src 'self'", "style-src 'self'", "connect-src 'self'", "img-src 'self'", "font-src 'self'"],
  ...["base-uri 'none'", "form-action 'none'", "frame-ancestors 'none'"],
  ...["require-trusted-types-for 'script'", "trusted-types 'none'"],
].join('; ');

/** Headers of each page and of each file of a page. */
const SECURITY_HEADERS = {
  'content-security-policy': CONTENT_SECURITY_POLICY,
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'no-referrer',
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
};

/** The name of such a file contains a hash of its content, so it never changes. */
const IMMUTABLE = cacheHeaders('public, max-age=31536000, immutable', []);

/**
 * Adds the pages of an API to a router: the explorer at `/` and `/task/{id}`, the reference at `/docs`, and their files
 * under `/ui/`. At `/`, a client that asks for JSON gets an index of the API.
 * @param routingHeaders names of the request headers that determine the host of a request
 */
export function addPages<E extends Env>(
  router: Hono<E>,
  api: PageApi,
  routingHeaders: readonly string[],
): void {
  const page = (c: Context) => {
    const file = pageFiles().get(`${api}.html`);
    if (!file) return c.text('The pages are not built. To build them: npm run build\n', 404, NO_STORE);
    return sendFile(c, file, cacheHeaders('no-cache', ['Accept', ...routingHeaders]));
  };
  router.get('/', (c) => (asksForJson(c) ? sendIndex(c, routingHeaders) : page(c)));
  router.get('/task/:id', page);
  router.get('/docs', page);
  router.get('/ui/:file', (c) => {
    const file = pageFiles().get(`ui/${c.req.param('file')}`);
    return file ? sendFile(c, file, IMMUTABLE) : c.text('There is no such file.\n', 404, NO_STORE);
  });
}

/** True if a client accepts JSON and no HTML, or prefers JSON. */
const asksForJson = (c: Context) =>
  accepts(c, { header: 'Accept', supports: ['text/html', 'application/json'], default: 'text/html' }) ===
  'application/json';

/** What `/` returns as JSON. */
const INDEX = JSON.stringify({ tasks: '/tasks', openapi: '/openapi.json', docs: '/docs' });

function sendIndex(c: Context, routingHeaders: readonly string[]): Response {
  const body = Buffer.from(INDEX);
  const file = { body, etag: etagOf(body), type: JSON_TYPE };
  return sendFile(c, file, cacheHeaders('no-cache', ['Accept', ...routingHeaders]));
}

function sendFile(c: Context, { body, etag, type }: PageFile, cache: CacheHeaders): Response {
  // Credentials do not determine a page.
  c.header('vary', undefined);
  const headers = { ...SECURITY_HEADERS, ...cache, etag };
  if (evaluatePreconditions(c.req.raw.headers, { etag }) === 'not-modified')
    return c.body(null, 304, headers);
  return c.body(new Uint8Array(body), 200, {
    ...headers,
    'content-type': type,
    'content-length': String(body.length),
  });
}

let loadedFiles: ReadonlyMap<string, PageFile> | undefined;

/** Returns the files of all pages by their paths in the folder. They are read once, because a build replaces all of them. */
function pageFiles(): ReadonlyMap<string, PageFile> {
  loadedFiles ??= readFiles(PAGES_FOLDER);
  return loadedFiles;
}

function readFiles(folder: string): ReadonlyMap<string, PageFile> {
  if (!existsSync(folder)) return new Map();
  const paths = globSync('{*.html,ui/*}', { cwd: folder });
  return new Map(
    paths.map((path) => {
      const body = readFileSync(join(folder, path));
      const type = TYPES[extname(path)] ?? 'application/octet-stream';
      return [path.replaceAll('\\', '/'), { body, etag: etagOf(body), type }];
    }),
  );
}
