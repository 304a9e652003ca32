import { join } from 'node:path';
import type { HttpBindings } from '@hono/node-server';
import { createFactory } from 'hono/factory';
import type { FigureQueries } from '../db/queries/figures.ts';
import type { ServicesTaskLifecycleQueries } from '../db/queries/services-task-lifecycle.ts';
import type { ServicesTaskQueries } from '../db/queries/services-tasks.ts';
import type { ServicesTaskRow } from '../db/rows.ts';
import { rejectEncodedBody, requireJson } from '../http/body.ts';
import { cacheHeaders, createCacheControl } from '../http/cache-control.ts';
import { createCors } from '../http/cors.ts';
import {
  ApiError,
  type Capacity,
  createErrorHandler,
  type ErrorDependencies,
  rejectWithoutCapacity,
} from '../http/errors.ts';
import { addFallbackRoutes, methodNotAllowed } from '../http/fallback-routes.ts';
import { isReadableFile, sendFile } from '../http/file.ts';
import { createIdempotency } from '../http/idempotency.ts';
import { createRateLimiting } from '../http/limits/rate-limit.ts';
import { createDocumentHandler } from '../http/openapi-handler.ts';
import { addPages, PAGE_PATHS } from '../http/pages.ts';
import { linkHeader, neighbours, pageLinks, type Slice } from '../http/paging.ts';
import { cacheableJson, uncachedJson } from '../http/respond.ts';
import { isWellFormedUrl, requireWellFormedUrl, validate } from '../http/validate.ts';
import { asJsonText, jsonArray } from '../json-text.ts';
import type { Runner } from '../runner/runner.ts';
import { newTaskRow, toLoggedTaskJson, toStateJson, toTaskJson } from './adapter.ts';
import {
  type AuthDependencies,
  createAuth,
  createIdentityLimiting,
  limitKey,
  requireWrite,
  type ServicesEnv,
} from './auth.ts';
import { createTaskBody } from './create-task.ts';
import { CREDENTIAL_HEADERS } from './credential-headers.ts';
import { createDownloadSigner } from './downloads.ts';
import { requireFile, taskNotFound, toExecuteError, toServicesError } from './errors.ts';
import { toFiguresJson } from './figures.ts';
import { servicesDocument } from './openapi.ts';
import {
  type DownloadUrl,
  getTaskQuery,
  type ListTasksQuery,
  type LoggedTask,
  listTasksQuery,
  taskParameters,
} from './schema.ts';
import { describeSession, type Session } from './session.ts';

export interface ServicesDependencies extends AuthDependencies, ErrorDependencies, Capacity {
  /** Names of the request headers that determine the host of a request. */
  routingHeaders: readonly string[];
  /** The origins whose pages may use the API from a browser. */
  corsOrigins: readonly string[];
  servicesTasks: ServicesTaskQueries;
  figures: FigureQueries['services'];
  servicesTaskLifecycle: ServicesTaskLifecycleQueries;
  runner: Pick<Runner, 'actions' | 'execute'>;
  downloads: DownloadOptions;
  /** Returns the scheme and host that the client used. */
  origin(request: Request, env: Partial<HttpBindings> | undefined): string;
}

export interface DownloadOptions {
  /** The key that signs the URLs. */
  key: Buffer;
  exportsDir: string;
  /** The origin of the URLs; undefined for the origin that the client used. */
  servicesUrl: string | undefined;
}

/** The type of the Services API for Hono's `hc` client. */
export type ServicesApi = ReturnType<typeof createServicesRouter>;

/** Creates the Services API (contract A). Every path needs authentication, except signed downloads, pages and the OpenAPI document. */
export function createServicesRouter(deps: ServicesDependencies) {
  const { servicesTaskLifecycle, runner, downloads, now } = deps;
  const signer = createDownloadSigner(downloads.key);
  const runIdempotent = createIdempotency(now);
  const router = createFactory<ServicesEnv>().createApp();
  router.onError(createErrorHandler(deps, toServicesError));
  router.use(rejectWithoutCapacity(deps));
  const countAddress = createRateLimiting<ServicesEnv>(deps.limits.address, (c) =>
    deps.limits.addressKey(c.env),
  );
  for (const path of OPEN_PATHS) router.use(path, countAddress);
  addPages(router, 'services', deps.routingHeaders, ['/downloads', ...Object.keys(API_METHODS)]);
  router.get(
    '/openapi.json',
    createDocumentHandler(servicesDocument, {
      ...deps,
      origin: (request, env) => downloads.servicesUrl ?? deps.origin(request, env),
    }),
  );
  const varyHeaders = [
    ...CREDENTIAL_HEADERS,
    ...deps.routingHeaders,
    ...(deps.corsOrigins.length > 0 ? ['origin'] : []),
  ];
  const readHeaders = cacheHeaders('private, no-cache', varyHeaders);
  router.use(createCacheControl(readHeaders, cacheHeaders('no-store', varyHeaders)));
  router.use(
    createCors({
      origins: deps.corsOrigins,
      methods: ['GET', 'HEAD', 'POST'],
      requestHeaders: [
        ...CREDENTIAL_HEADERS,
        ...['Content-Type', 'Idempotency-Key', 'If-None-Match', 'If-Match', 'X-Request-Id'],
      ],
    }),
  );

  router.get('/downloads/:id/:name', async (c) => {
    const { id, name } = c.req.param();
    const { expires = [], signature = [] } = c.req.queries();
    const [expiresText = ''] = expires;
    const [signatureText = ''] = signature;
    const isRepeated = expires.length > 1 || signature.length > 1;
    const url = { id, name, expires: expiresText, signature: signatureText };
    const task =
      !isRepeated && isWellFormedUrl(c.req.url) ? taskParameters.safeParse({ id }).data : undefined;
    const file = task && (await servicesTaskLifecycle.findFile(task.id));
    const isValid = file && signer.verify(url, file, now());
    const response = isValid && (await sendFile(c, { path: join(downloads.exportsDir, file.path), name }));
    if (!response) throw new ApiError('forbidden', 'This download URL is not valid or has expired.');
    return response;
  });
  router.all('/downloads/:id/:name', methodNotAllowed('GET, HEAD'));

  router.use(createAuth(deps), createIdentityLimiting(deps.limits), requireWellFormedUrl, rejectEncodedBody);

  const routes = router
    .get('/tasks', validate('query', listTasksQuery), async (c) => {
      const query = c.req.valid('query');
      const { status, action, campaign_id: campaign, limit, offset } = query;
      const page = await deps.servicesTasks.list(
        c.get('chain'),
        { status, action, campaign },
        { limit, offset },
      );
      const links = pageLinks(neighbours({ offset, limit, total: page.total }), (slice) =>
        pageQuery(query, slice),
      );
      return cacheableJson(c, jsonArray(page.rows.map(toTaskJson)), {
        cacheHeaders: readHeaders,
        headers: { 'x-total-count': String(page.total), ...linkHeader(links) },
        cache: cacheOptions(c.var),
      });
    })
    .get('/figures', async (c) => {
      const { chain, level, validUntil } = c.var;
      return cacheableJson(c, toFiguresJson({ chain, level, validUntil }, await deps.figures(chain)), {
        cacheHeaders: readHeaders,
        cache: cacheOptions(c.var),
      });
    })
    .post('/tasks', requireWrite, requireJson, validate('json', createTaskBody), async (c) => {
      const newTask = c.req.valid('json');
      const chain = c.get('chain');
      if (newTask.chain !== chain) {
        throw new ApiError('forbidden', `These credentials have no access to chain ${newTask.chain}.`);
      }
      const row = newTaskRow(newTask, await c.req.text());
      const { body, headers } = await runIdempotent(c, {
        credential: c.get('credential'),
        create: (request) => servicesTaskLifecycle.create(chain, row, Math.floor(now() / 1000), request),
        respond: (task: ServicesTaskRow) => ({
          status: 201,
          headers: { Location: `tasks/${task.id}` },
          body: toLoggedTaskJson(task, []),
        }),
      });
      return uncachedJson(c, asJsonText<LoggedTask>(body), 201, headers);
    })
    .get('/tasks/:id', validate('param', taskParameters), validate('query', getTaskQuery), async (c) => {
      const { id } = c.req.valid('param');
      const { log_limit: limit, offset } = c.req.valid('query');
      const found = await servicesTaskLifecycle.findLogged(c.get('chain'), id, { limit, offset });
      if (!found) throw taskNotFound();
      return cacheableJson(c, toLoggedTaskJson(found.task, found.logs), { cacheHeaders: readHeaders });
    })
    .post('/tasks/:id/execute', requireWrite, validate('param', taskParameters), async (c) => {
      const result = await runner.execute(c.get('chain'), c.req.valid('param').id);
      if ('refusal' in result) throw toExecuteError(result.refusal, runner.actions);
      return uncachedJson(c, toStateJson(result.task), 200);
    })
    .get('/tasks/:id/download_url', validate('param', taskParameters), async (c) => {
      const { id } = c.req.valid('param');
      const chain = c.get('chain');
      const task = await servicesTaskLifecycle.find(chain, id);
      if (!task) throw taskNotFound();
      const stored = await servicesTaskLifecycle.findFile(id);
      // An import may have moved the task to another chain since `find`.
      const isAvailable =
        stored?.chain === chain && (await isReadableFile(join(downloads.exportsDir, stored.path)));
      const file = requireFile(task, isAvailable ? stored : undefined);
      const base = downloads.servicesUrl ?? deps.origin(c.req.raw, c.env);
      const url = base + signer.sign(id, task.result ?? '', file, now());
      return uncachedJson(c, asJsonText<DownloadUrl>(JSON.stringify({ url })), 200);
    })
    .get('/session', async (c) => {
      const { identity, chain, level, validUntil } = c.var;
      const session = await describeSession(
        { identity, chain, level, validUntil },
        deps.access,
        runner.actions,
      );
      return cacheableJson(c, asJsonText<Session>(JSON.stringify(session)), { cacheHeaders: readHeaders });
    });

  addFallbackRoutes(router, ALLOWED_METHODS, 'There is no such route.');
  return routes;
}

const READ_METHODS = 'GET, HEAD';
const API_METHODS = {
  '/tasks': `${READ_METHODS}, POST`,
  '/figures': READ_METHODS,
  '/tasks/:id': READ_METHODS,
  '/tasks/:id/execute': 'POST',
  '/tasks/:id/download_url': READ_METHODS,
  '/session': READ_METHODS,
  // The HDP API answers GET and HEAD of this path on every host (contract C).
  '/is-alive': READ_METHODS,
  '/openapi.json': READ_METHODS,
};
const ALLOWED_METHODS = {
  ...API_METHODS,
  ...Object.fromEntries(PAGE_PATHS.map((path) => [path, READ_METHODS])),
};

/** The paths that need no credentials. */
const OPEN_PATHS = [...PAGE_PATHS, '/openapi.json', '/downloads/:id/:name'];

/** Returns what a cached response of a chain depends on, and whose requests it counts as. */
const cacheOptions = ({ chain, identity, validUntil }: ServicesEnv['Variables']) => ({
  scopes: [`services ${chain}` as const, 'access' as const],
  validUntil,
  limitKey: limitKey(identity),
});

/** Returns the query string of another page with the same filters. */
function pageQuery(
  { status, action, campaign_id }: ListTasksQuery,
  { limit, offset }: Slice,
): URLSearchParams {
  const query = new URLSearchParams();
  if (status !== undefined) query.set('status', status);
  if (action !== undefined) query.set('action', action);
  if (campaign_id !== undefined) query.set('campaign_id', String(campaign_id));
  query.set('limit', String(limit));
  query.set('offset', String(offset));
  return query;
}
