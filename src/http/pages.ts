/**
 * Pages for people (contract C): static files of the build, which hold no data and need no credentials. The scripts of a
 * page read the API.
 */
import { existsSync, globSync, readFileSync } from 'node:fs';
import { extname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Context, Env, Hono } from 'hono';
import { accepts } from 'hono/accepts';
import { asJsonText } from '../json-text.ts';
import { type CacheHeaders, cacheHeaders } from './cache-control.ts';
import { ApiError } from './errors.ts';
import { etagOf } from './etag.ts';
import { pathInRouter } from './fallback-routes.ts';
import { cacheableJson, conditionalBody } from './respond.ts';

/** Built by `npm run build`. The path is the same from src/ and from dist/. */
const PAGES_FOLDER = fileURLToPath(new URL('../../dist/web', import.meta.url));

/** The paths of the pages, for the methods GET and HEAD. */
export const PAGE_PATHS = ['/', '/task/:id', '/docs', '/ui/:file'] as const;

/** The HTML file of each API. */
export type PageApi = 'hdp' | 'services';

interface PageFile {
  body: Uint8Array<ArrayBuffer>;
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
 * under `/ui/`. At `/`, a client that asks for JSON gets an index of the API. A browser that opens an unknown path gets a
 * page that says so.
 * @param routingHeaders names of the request headers that determine the host of a request
 * @param apiPaths the paths of the API, whose errors are JSON, also for paths below them
 */
export function addPages<E extends Env>(
  router: Hono<E>,
  api: PageApi,
  routingHeaders: readonly string[],
  apiPaths: readonly string[],
): void {
  const pageHeaders = cacheHeaders('no-cache', ['Accept', ...routingHeaders]);
  const page = (c: Context) => {
    const file = pageFiles().get(`${api}.html`);
    if (!file) throw new ApiError('not_found', 'The pages are not built. To build them: npm run build.');
    return sendFile(c, file, pageHeaders);
  };
  router.get('/', (c) => (asksForJson(c) ? cacheableJson(c, INDEX, { cacheHeaders: pageHeaders }) : page(c)));
  router.get('/task/:id', page);
  router.get('/docs', page);
  router.get('/ui/:file', (c) => {
    const file = pageFiles().get(`ui/${c.req.param('file')}`);
    if (!file) throw new ApiError('not_found', 'There is no such file.');
    return sendFile(c, file, IMMUTABLE);
  });
  const jsonSegments = new Set(['/ui', ...apiPaths].map(firstSegment));
  const missingHeaders = cacheHeaders('no-store', ['Accept', ...routingHeaders]);
  router.use(async function missingPage(c, next) {
    const isRead = c.req.method === 'GET' || c.req.method === 'HEAD';
    const isPage = isRead && asksForHtml(c) && !jsonSegments.has(firstSegment(pathInRouter(c)));
    const file = isPage ? pageFiles().get('not-found.html') : undefined;
    if (!file) return next();
    return c.body(file.body, 404, { ...SECURITY_HEADERS, ...missingHeaders, 'content-type': file.type });
  });
}

/** Returns the part of a path before its second slash. */
const firstSegment = (path: string) => path.split('/', 2)[1] ?? '';

/** True if a client accepts JSON and no HTML, or prefers JSON. */
const asksForJson = (c: Context) => preferredType(c, 'text/html') === 'application/json';

/** True if a client names HTML, as browsers do, and does not prefer JSON. */
const asksForHtml = (c: Context) => preferredType(c, 'application/json') === 'text/html';

const preferredType = (c: Context, otherwise: string) =>
  accepts(c, { header: 'Accept', supports: ['text/html', 'application/json'], default: otherwise });

/** The index of an API. Its references are relative, so that they survive a path prefix of a proxy. */
const INDEX = asJsonText<Record<'tasks' | 'openapi' | 'docs', string>>(
  JSON.stringify({ tasks: 'tasks', openapi: 'openapi.json', docs: 'docs' }),
);

function sendFile(c: Context, { body, etag, type }: PageFile, cache: CacheHeaders): Response {
  const cacheAndSecurity = { ...SECURITY_HEADERS, ...cache };
  return conditionalBody(c, body, {
    etag,
    headers: { ...cacheAndSecurity, 'content-type': type, 'content-length': String(body.length) },
    cacheHeaders: cacheAndSecurity,
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
