import { createFactory } from 'hono/factory';
import { isFailed } from '../db/model/hdp-stages.ts';
import type { ApiKeyQueries } from '../db/queries/credentials.ts';
import type { HdpTaskLifecycleQueries, WriteContext } from '../db/queries/hdp-task-lifecycle.ts';
import type { HdpTaskQueries } from '../db/queries/hdp-tasks.ts';
import { bodyMembers, refuseEncodedBody, takesJson } from '../http/body.ts';
import { cacheHeaders, createCacheControl } from '../http/cache-control.ts';
import { refuseWhile } from '../http/draining.ts';
import { answerTheRest, createErrorHandler, type ErrorDependencies, Problem } from '../http/errors.ts';
import { createIdempotency } from '../http/idempotency.ts';
import { jsonBody } from '../http/json-body.ts';
import { linkHeader, neighbours, pageLinks } from '../http/paging.ts';
import { freshJson, json } from '../http/respond.ts';
import { validate, wellFormedUrl } from '../http/validate.ts';
import { asJsonText, jsonArray } from '../json-text.ts';
import type { TargetPolicy } from '../webhooks/target.ts';
import { taskJson } from './adapter.ts';
import { createKeyAuth, type HdpEnv, KEY_HEADER } from './auth.ts';
import { conflict, hdpAnswer, missing } from './errors.ts';
import { createHealth, type HealthDependencies } from './health.ts';
import { newRun, newTask } from './new-task.ts';
import { hdpDocument } from './openapi.ts';
import { report, reportRow } from './report.ts';
import {
  acceptedJson,
  detailsJson,
  mmrsJson,
  preimageJson,
  statusJson,
  transitionJson,
  transitionsJson,
} from './run-adapter.ts';
import type { Accepted } from './run-schema.ts';
import { type ListTasksQuery, listTasksQuery, type TaskList, taskPath } from './schema.ts';

export interface HdpDependencies extends ErrorDependencies, HealthDependencies {
  list: HdpTaskQueries['list'];
  runs: HdpTaskLifecycleQueries;
  findKey: ApiKeyQueries['find'];
  /** Names of the request headers that decide how a request is routed. */
  routingHeaders: readonly string[];
  webhookRefusal: TargetPolicy['refusal'];
  /** Unix milliseconds. */
  now(): number;
  newUlid: WriteContext['newUlid'];
}

/** The type of the HDP API for Hono's `hc` client. */
export type HdpApi = ReturnType<typeof createHdpRouter>;

/** The HDP API (contract B): reading is open to anyone, and a key that is sent all the same is ignored. */
export function createHdpRouter(deps: HdpDependencies) {
  const { runs } = deps;
  const router = createFactory<HdpEnv>().createApp();
  router.onError(createErrorHandler(deps, hdpAnswer));
  const readHeaders = cacheHeaders('no-cache', deps.routingHeaders);
  router.use(createCacheControl(readHeaders, cacheHeaders('no-store', [KEY_HEADER, ...deps.routingHeaders])));
  router.get('/is-alive', createHealth(deps));
  router.use(refuseWhile(deps.isDraining));
  router.on('POST', ['/tasks', '/tasks/:uuid/retry'], createKeyAuth(deps.findKey, 'client'));
  router.on('POST', '/tasks/:uuid/transitions', createKeyAuth(deps.findKey, 'processor'));
  router.use(wellFormedUrl, refuseEncodedBody);
  const answerOnce = createIdempotency(deps.now);
  const moment = (): WriteContext => ({ now: deps.now(), newUlid: deps.newUlid });

  const routes = router
    .get('/tasks', validate('query', listTasksQuery), async (c) => {
      const query = c.req.valid('query');
      const { hdp_tasks_page: page, hdp_tasks_per_page: perPage, hdp_tasks_search: search } = query;
      const offset = Math.min((page - 1) * perPage, Number.MAX_SAFE_INTEGER);
      const { rows, total } = await deps.list(search, { limit: perPage, offset });
      const totalPages = Math.ceil(total / perPage);
      const pagination = { page, perPage, total, totalPages };
      const tasks = jsonArray(rows.map(taskJson));
      const body = asJsonText<TaskList>(`{"tasks":${tasks},"pagination":${JSON.stringify(pagination)}}`);
      const around = neighbours({ offset: page - 1, limit: 1, total: totalPages });
      const links = pageLinks(around, ({ offset: before }) => pageQuery(query, before + 1));
      return json(c, body, {
        cacheHeaders: readHeaders,
        headers: linkHeader('/tasks', links),
        cache: { scopes: ['hdp'] },
      });
    })
    .post('/tasks', takesJson, validate('json', newTask), async (c) => {
      const run = newRun(c.req.valid('json'), await bodyMembers(c), c.get('keyId'), deps.webhookRefusal);
      const { body, headers } = await answerOnce(c, {
        credential: `hdp key ${c.get('keyId')}`,
        create: (request) => runs.create(run, moment(), request),
        respond: (uuid: string) => ({
          status: 200,
          headers: {},
          body: acceptedJson('Task has been queued for processing', uuid),
        }),
      });
      return freshJson(c, asJsonText<Accepted>(body), 200, headers);
    })
    .get('/tasks/:uuid/status', validate('param', taskPath), async (c) => {
      const { uuid } = c.req.valid('param');
      return json(c, statusJson((await runs.find(uuid)) ?? missing(c.req.param('uuid'))), {
        cacheHeaders: readHeaders,
      });
    })
    .get('/tasks/:uuid/details', validate('param', taskPath), async (c) => {
      const { uuid } = c.req.valid('param');
      return json(c, detailsJson((await runs.find(uuid)) ?? missing(c.req.param('uuid'))), {
        cacheHeaders: readHeaders,
      });
    })
    .get('/tasks/:uuid/state_transitions', validate('param', taskPath), async (c) => {
      const { uuid } = c.req.valid('param');
      const transitions = (await runs.listTransitions(uuid)) ?? missing(c.req.param('uuid'));
      return json(c, transitionsJson(uuid, transitions), { cacheHeaders: readHeaders });
    })
    .get('/tasks/:uuid/mmrs', validate('param', taskPath), async (c) => {
      const { uuid } = c.req.valid('param');
      return json(c, mmrsJson((await runs.find(uuid)) ?? missing(c.req.param('uuid'))), {
        cacheHeaders: readHeaders,
      });
    })
    .get('/tasks/:uuid/output_preimage', validate('param', taskPath), async (c) => {
      const { uuid } = c.req.valid('param');
      return json(c, preimageJson((await runs.find(uuid)) ?? missing(c.req.param('uuid'))), {
        cacheHeaders: readHeaders,
      });
    })
    .post(
      '/tasks/:uuid/transitions',
      validate('param', taskPath),
      takesJson,
      validate('json', report),
      async (c) => {
        const { uuid } = c.req.valid('param');
        const row = reportRow(uuid, c.req.valid('json'), await bodyMembers(c));
        const reported = (await runs.report(uuid, row, moment())) ?? missing(c.req.param('uuid'));
        if (reported.outcome !== 'accepted') throw conflict(reported, row.toStatus);
        return freshJson(c, transitionJson(uuid, reported.transition));
      },
    )
    .post('/tasks/:uuid/retry', validate('param', taskPath), async (c) => {
      const { uuid } = c.req.valid('param');
      const status = (await runs.retry(uuid, moment())) ?? missing(c.req.param('uuid'), 'uuid');
      if (!isFailed(status)) {
        throw new Problem(
          'invalid_parameters',
          `Only a failed task can be retried; this one is at ${status}.`,
        );
      }
      return freshJson(c, acceptedJson('Task has been queued for retry', uuid));
    })
    .get('/openapi.json', (c) => jsonBody(c, JSON.stringify(hdpDocument), 200));

  answerTheRest(router, ALLOWED, 'Not found');
  return routes;
}

const READ = 'GET, HEAD';
const ALLOWED = {
  '/tasks': `${READ}, POST`,
  '/tasks/:uuid/status': READ,
  '/tasks/:uuid/details': READ,
  '/tasks/:uuid/state_transitions': READ,
  '/tasks/:uuid/mmrs': READ,
  '/tasks/:uuid/output_preimage': READ,
  '/tasks/:uuid/transitions': 'POST',
  '/tasks/:uuid/retry': 'POST',
  '/is-alive': READ,
  '/openapi.json': READ,
};

/** The same question for another page. */
function pageQuery({ hdp_tasks_per_page, hdp_tasks_search }: ListTasksQuery, page: number): URLSearchParams {
  const query = new URLSearchParams();
  query.set('hdp_tasks_page', String(page));
  query.set('hdp_tasks_per_page', String(hdp_tasks_per_page));
  if (hdp_tasks_search !== '') query.set('hdp_tasks_search', hdp_tasks_search);
  return query;
}
