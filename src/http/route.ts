import type { Context } from 'hono';
import { matchedRoutes } from 'hono/route';

/** The API and the path of a route, with the names of its parameters. */
export interface Route {
  /** `none` if no API handles the request. */
  api: 'services' | 'hdp' | 'none';
  /** Such as `/tasks/:id`; '' for a path that does not exist. */
  route: string;
}

const APIS = ['services', 'hdp'] as const;

/** Returns the route of a request. Its labels are few, whatever clients ask for. */
export function routeOf(c: Context): Route {
  const path = matchedRoutes(c).findLast((route) => !route.path.endsWith('*'))?.path ?? c.req.path;
  const api = APIS.find((name) => path === `/${name}` || path.startsWith(`/${name}/`));
  if (api === undefined) return { api: 'none', route: '' };
  const isKnown = path !== c.req.path || matchedRoutes(c).some((route) => route.path === path);
  return { api, route: isKnown ? path.slice(api.length + 1) || '/' : '' };
}
