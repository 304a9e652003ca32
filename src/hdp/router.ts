import { createFactory } from 'hono/factory';
import type { HdpTaskQueries } from '../db/queries/hdp-tasks.ts';
import { refuseWhile } from '../http/draining.ts';
import { answerTheRest, createErrorHandler, type ErrorDependencies } from '../http/errors.ts';
import { linkHeader, neighbours, pageLinks } from '../http/paging.ts';
import { json, jsonBody } from '../http/respond.ts';
import { validate, wellFormedUrl } from '../http/validate.ts';
import { asJsonText, jsonArray } from '../json-text.ts';
import { taskJson } from './adapter.ts';
import { hdpAnswer } from './errors.ts';
import { hdpDocument } from './openapi.ts';
import { type ListTasksQuery, listTasksQuery, type TaskList } from './schema.ts';

export interface HdpDependencies extends ErrorDependencies {
  /** True once the server is shutting down. */
  isDraining(): boolean;
  list: HdpTaskQueries['list'];
}

/** The type of the HDP API for Hono's `hc` client. */
export type HdpApi = ReturnType<typeof createHdpRouter>;

/** The HDP API (contract B): open to anyone; a key that is sent to a GET anyway is ignored. */
export function createHdpRouter(deps: HdpDependencies) {
  const router = createFactory<{ Variables: { requestId: string } }>().createApp();
  router.onError(createErrorHandler(deps, hdpAnswer));
  router.use(refuseWhile(deps.isDraining), wellFormedUrl);

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
      const links = pageLinks(around, (before) => pageQuery(query, before + 1));
      return json(c, body, { headers: linkHeader('/tasks', links), scopes: ['hdp'] });
    })
    .get('/openapi.json', (c) => jsonBody(c, JSON.stringify(hdpDocument), 200));

  answerTheRest(router, { '/tasks': 'GET, HEAD', '/openapi.json': 'GET, HEAD' }, 'Not found');
  return routes;
}

/** The same question for another page. */
function pageQuery({ hdp_tasks_per_page, hdp_tasks_search }: ListTasksQuery, page: number): URLSearchParams {
  const query = new URLSearchParams();
  query.set('hdp_tasks_page', String(page));
  query.set('hdp_tasks_per_page', String(hdp_tasks_per_page));
  if (hdp_tasks_search !== '') query.set('hdp_tasks_search', hdp_tasks_search);
  return query;
}
