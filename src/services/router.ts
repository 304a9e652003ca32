import { createFactory } from 'hono/factory';
import type { ServicesTaskQueries } from '../db/queries/services-tasks.ts';
import { refuseWhile } from '../http/draining.ts';
import { answerTheRest, createErrorHandler, type ErrorDependencies } from '../http/errors.ts';
import { linkHeader, neighbours, pageLinks } from '../http/paging.ts';
import { json, jsonBody } from '../http/respond.ts';
import { validate, wellFormedUrl } from '../http/validate.ts';
import { jsonArray } from '../json-text.ts';
import { taskJson } from './adapter.ts';
import { type AuthDependencies, createAuth, type ServicesEnv } from './auth.ts';
import { servicesAnswer } from './errors.ts';
import { servicesDocument } from './openapi.ts';
import { type ListTasksQuery, listTasksQuery } from './schema.ts';

export interface ServicesDependencies extends AuthDependencies, ErrorDependencies {
  /** True once the server is shutting down. */
  isDraining(): boolean;
  servicesTasks: ServicesTaskQueries;
}

/** The type of the Services API for Hono's `hc` client. */
export type ServicesApi = ReturnType<typeof createServicesRouter>;

/** The Services API (contract A): every route, known or not, is behind authentication. */
export function createServicesRouter(deps: ServicesDependencies) {
  const router = createFactory<ServicesEnv>().createApp();
  router.onError(createErrorHandler(deps, servicesAnswer));
  router.use(refuseWhile(deps.isDraining), createAuth(deps, 'READ'), wellFormedUrl);

  const routes = router
    .get('/tasks', validate('query', listTasksQuery), async (c) => {
      const query = c.req.valid('query');
      const { status, action, campaign_id: campaign, limit, offset } = query;
      const page = await deps.servicesTasks.list(
        c.get('chain'),
        { status, action, campaign },
        { limit, offset },
      );
      const links = pageLinks(neighbours({ offset, limit, total: page.total }), (at) => pageQuery(query, at));
      const headers = { 'X-Total-Count': String(page.total), ...linkHeader('/tasks', links) };
      return json(c, jsonArray(page.rows.map(taskJson)), {
        headers,
        scopes: [`services ${c.get('chain')}`, 'access'],
        validUntil: c.get('validUntil'),
      });
    })
    .get('/openapi.json', (c) => jsonBody(c, JSON.stringify(servicesDocument), 200));

  answerTheRest(router, { '/tasks': 'GET, HEAD', '/openapi.json': 'GET, HEAD' }, 'There is no such route.');
  return routes;
}

/** The same question for the page at another offset. */
function pageQuery({ status, action, campaign_id, limit }: ListTasksQuery, offset: number): URLSearchParams {
  const query = new URLSearchParams();
  if (status !== undefined) query.set('status', status);
  if (action !== undefined) query.set('action', action);
  if (campaign_id !== undefined) query.set('campaign_id', String(campaign_id));
  query.set('limit', String(limit));
  query.set('offset', String(offset));
  return query;
}
