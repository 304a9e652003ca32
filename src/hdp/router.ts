import { createFactory } from 'hono/factory';
import { isFailed } from '../db/model/hdp-stages.ts';
import type { ApiKeyQueries } from '../db/queries/credentials.ts';
import type { FigureQueries } from '../db/queries/figures.ts';
import type { HdpTaskLifecycleQueries, WriteContext } from '../db/queries/hdp-task-lifecycle.ts';
import type { HdpTaskQueries } from '../db/queries/hdp-tasks.ts';
import { bodyMembers, rejectEncodedBody, requireJson } from '../http/body.ts';
import { cacheHeaders, createCacheControl } from '../http/cache-control.ts';
import { createCors } from '../http/cors.ts';
import {
  ApiError,
  type Capacity,
  createErrorHandler,
  type ErrorDependencies,
  rejectWithoutCapacity,
} from '../http/errors.ts';
import { addFallbackRoutes } from '../http/fallback-routes.ts';
import { createIdempotency } from '../http/idempotency.ts';
import { createRateLimiting } from '../http/limits/rate-limit.ts';
import type { RequestLimits } from '../http/limits/request-limits.ts';
import { createDocumentHandler, type DocumentOptions } from '../http/openapi-handler.ts';
import { addPages, PAGE_PATHS } from '../http/pages.ts';
import { linkHeader, neighbours, pageLinks } from '../http/paging.ts';
import { cacheableJson, uncachedJson } from '../http/respond.ts';
import { requireWellFormedUrl, validate } from '../http/validate.ts';
import { asJsonText, jsonArray } from '../json-text.ts';
import type { TargetPolicy } from '../webhooks/target.ts';
import { toTaskJson } from './adapter.ts';
import { createKeyAuth, type HdpEnv, KEY_HEADER } from './auth.ts';
import { createTaskBody, newTaskRecord } from './create-task.ts';
import { throwTaskNotFound, toConflict, toHdpError } from './errors.ts';
import { figuresQuery, seriesOf, toFiguresJson, validityOf } from './figures.ts';
import { createHealth, type HealthDependencies } from './health.ts';
import { hdpDocument } from './openapi.ts';
import { type ListTasksQuery, listTasksQuery, type TaskList, taskPath } from './schema.ts';
import {
  toAcceptedJson,
  toDetailsJson,
  toMmrsJson,
  toPreimageJson,
  toStatusJson,
  toTransitionJson,
  toTransitionsJson,
} from './task-adapter.ts';
import type { Accepted } from './task-schema.ts';
import { newTransition, transitionBody } from './transition.ts';

export interface HdpDependencies extends Capacity, ErrorDependencies, HealthDependencies, DocumentOptions {
  list: HdpTaskQueries['list'];
  figures: FigureQueries['hdp'];
  taskLifecycle: HdpTaskLifecycleQueries;
  findKey: ApiKeyQueries['find'];
  limits: RequestLimits;
  webhookRefusal: TargetPolicy['refusal'];
  /** Unix milliseconds. */
  now(): number;
  newUlid: WriteContext['newUlid'];
}

/** The type of the HDP API for Hono's `hc` client. */
export type HdpApi = ReturnType<typeof createHdpRouter>;

/** Creates the HDP API (contract B). Reading needs no API key. */
export function createHdpRouter(deps: HdpDependencies) {
  const { taskLifecycle } = deps;
  const router = createFactory<HdpEnv>().createApp();
  router.onError(createErrorHandler(deps, toHdpError));
  const readHeaders = cacheHeaders('no-cache', deps.routingHeaders);
  router.use(createCacheControl(readHeaders, cacheHeaders('no-store', [KEY_HEADER, ...deps.routingHeaders])));
  router.use(createCors({ origins: 'all', methods: ['GET', 'HEAD'], requestHeaders: READ_REQUEST_HEADERS }));
  router.get('/is-alive', createHealth(deps));
  router.use(rejectWithoutCapacity(deps));
  router.use(createRateLimiting(deps.limits.address, (c) => deps.limits.addressKey(c.env)));
  addPages(router, 'hdp', deps.routingHeaders, Object.keys(API_METHODS));
  const countKey = createRateLimiting<HdpEnv>(deps.limits.credential, (c) => `key ${c.get('keyId')}`);
  router.on('POST', ['/tasks', '/tasks/:uuid/retry'], createKeyAuth(deps, 'client'), countKey);
  router.on('POST', '/tasks/:uuid/transitions', createKeyAuth(deps, 'processor'), countKey);
  router.use(requireWellFormedUrl, rejectEncodedBody);
  const runIdempotent = createIdempotency(deps.now);
  const writeContext = (): WriteContext => ({ now: deps.now(), newUlid: deps.newUlid });

  /** @param sentUuid the uuid as the client sent it, for the error */
  const findTask = async (uuid: string, sentUuid: string) =>
    (await taskLifecycle.find(uuid)) ?? throwTaskNotFound(sentUuid);

  const routes = router
    .get('/tasks', validate('query', listTasksQuery), async (c) => {
      const query = c.req.valid('query');
      const { hdp_tasks_page: page, hdp_tasks_per_page: perPage, hdp_tasks_search: search } = query;
      const offset = Math.min((page - 1) * perPage, Number.MAX_SAFE_INTEGER);
      const { rows, total } = await deps.list(search, { limit: perPage, offset });
      const totalPages = Math.ceil(total / perPage);
      const pagination = { page, perPage, total, totalPages };
      const tasks = jsonArray(rows.map(toTaskJson));
      const body = asJsonText<TaskList>(`{"tasks":${tasks},"pagination":${JSON.stringify(pagination)}}`);
      const around = neighbours({ offset: page - 1, limit: 1, total: totalPages });
      const links = pageLinks(around, ({ offset: before }) => pageQuery(query, before + 1));
      return cacheableJson(c, body, {
        cacheHeaders: readHeaders,
        headers: linkHeader(links),
        cache: { scopes: ['hdp'] },
      });
    })
    .get('/figures', validate('query', figuresQuery), async (c) => {
      const series = seriesOf(c.req.valid('query'), deps.now());
      return cacheableJson(c, toFiguresJson(await deps.figures(series), series), {
        cacheHeaders: readHeaders,
        // Another hour or day has other figures.
        cache: { scopes: ['hdp'], ...validityOf(series) },
      });
    })
    .post('/tasks', requireJson, validate('json', createTaskBody), async (c) => {
      const record = newTaskRecord(
        c.req.valid('json'),
        await bodyMembers(c),
        c.get('keyId'),
        deps.webhookRefusal,
      );
      const { body, headers } = await runIdempotent(c, {
        credential: `hdp key ${c.get('keyId')}`,
        create: (request) => taskLifecycle.create(record, writeContext(), request),
        respond: (uuid: string) => ({
          status: 200,
          headers: {},
          body: toAcceptedJson('Task has been queued for processing', uuid),
        }),
      });
      return uncachedJson(c, asJsonText<Accepted>(body), 200, headers);
    })
    .get('/tasks/:uuid/status', validate('param', taskPath), async (c) => {
      const { uuid } = c.req.valid('param');
      return cacheableJson(c, toStatusJson(await findTask(uuid, c.req.param('uuid'))), {
        cacheHeaders: readHeaders,
      });
    })
    .get('/tasks/:uuid/details', validate('param', taskPath), async (c) => {
      const { uuid } = c.req.valid('param');
      return cacheableJson(c, toDetailsJson(await findTask(uuid, c.req.param('uuid'))), {
        cacheHeaders: readHeaders,
      });
    })
    .get('/tasks/:uuid/state_transitions', validate('param', taskPath), async (c) => {
      const { uuid } = c.req.valid('param');
      const transitions =
        (await taskLifecycle.listTransitions(uuid)) ?? throwTaskNotFound(c.req.param('uuid'));
      return cacheableJson(c, toTransitionsJson(uuid, transitions), { cacheHeaders: readHeaders });
    })
    .get('/tasks/:uuid/mmrs', validate('param', taskPath), async (c) => {
      const { uuid } = c.req.valid('param');
      return cacheableJson(c, toMmrsJson(await findTask(uuid, c.req.param('uuid'))), {
        cacheHeaders: readHeaders,
      });
    })
    .get('/tasks/:uuid/output_preimage', validate('param', taskPath), async (c) => {
      const { uuid } = c.req.valid('param');
      return cacheableJson(c, toPreimageJson(await findTask(uuid, c.req.param('uuid'))), {
        cacheHeaders: readHeaders,
      });
    })
    .post(
      '/tasks/:uuid/transitions',
      validate('param', taskPath),
      requireJson,
      validate('json', transitionBody),
      async (c) => {
        const { uuid } = c.req.valid('param');
        const row = newTransition(uuid, c.req.valid('json'), await bodyMembers(c));
        const reported =
          (await taskLifecycle.report(uuid, row, writeContext())) ?? throwTaskNotFound(c.req.param('uuid'));
        if (reported.outcome !== 'accepted') throw toConflict(reported, row.toStatus);
        return uncachedJson(c, toTransitionJson(uuid, reported.transition));
      },
    )
    .post('/tasks/:uuid/retry', validate('param', taskPath), async (c) => {
      const { uuid } = c.req.valid('param');
      const status =
        (await taskLifecycle.retry(uuid, writeContext())) ?? throwTaskNotFound(c.req.param('uuid'), 'uuid');
      if (!isFailed(status)) {
        throw new ApiError(
          'invalid_parameters',
          `Only a failed task can be retried; this one is at ${status}.`,
        );
      }
      return uncachedJson(c, toAcceptedJson('Task has been queued for retry', uuid));
    })
    .get('/openapi.json', createDocumentHandler(hdpDocument, deps));

  addFallbackRoutes(router, ALLOWED_METHODS, 'Not found');
  return routes;
}

/** What a script of another origin may send. It cannot send an API key, so it cannot write. */
const READ_REQUEST_HEADERS = ['If-None-Match', 'If-Match', 'X-Request-Id'];

const READ_METHODS = 'GET, HEAD';
const API_METHODS = {
  '/tasks': `${READ_METHODS}, POST`,
  '/figures': READ_METHODS,
  '/tasks/:uuid/status': READ_METHODS,
  '/tasks/:uuid/details': READ_METHODS,
  '/tasks/:uuid/state_transitions': READ_METHODS,
  '/tasks/:uuid/mmrs': READ_METHODS,
  '/tasks/:uuid/output_preimage': READ_METHODS,
  '/tasks/:uuid/transitions': 'POST',
  '/tasks/:uuid/retry': 'POST',
  '/is-alive': READ_METHODS,
  '/openapi.json': READ_METHODS,
};
const ALLOWED_METHODS = {
  ...API_METHODS,
  ...Object.fromEntries(PAGE_PATHS.map((path) => [path, READ_METHODS])),
};

/** Returns the query string of another page with the same search. */
function pageQuery({ hdp_tasks_per_page, hdp_tasks_search }: ListTasksQuery, page: number): URLSearchParams {
  const query = new URLSearchParams();
  query.set('hdp_tasks_page', String(page));
  query.set('hdp_tasks_per_page', String(hdp_tasks_per_page));
  if (hdp_tasks_search !== '') query.set('hdp_tasks_search', hdp_tasks_search);
  return query;
}
