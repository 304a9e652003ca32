/** The last routes of a router: 405 for a known path with another method, 404 for an unknown path. */
import type { Context, Env, Hono } from 'hono';
import { ApiError } from './errors.ts';

const MAX_PATH_LENGTH = 200;

/** Creates a handler that answers 405. @param methods the allowed methods, as in the Allow header */
export const methodNotAllowed = (methods: string) => (): never => {
  throw new ApiError('method_not_allowed', `This path answers ${methods} only.`, { Allow: methods });
};

/**
 * Adds the fallback routes to a router. Hono does not call the `notFound` handler of a mounted router.
 * @param allowed the allowed methods of each path
 * @param missing the error sentence of a 404
 */
export function addFallbackRoutes<E extends Env>(
  router: Hono<E>,
  allowed: Record<string, string>,
  missing: string,
): void {
  for (const [path, methods] of Object.entries(allowed)) {
    router.all(path, methodNotAllowed(methods));
  }
  const suggestPath = createPathHint(Object.keys(allowed));
  router.all('*', (c) => {
    const path = suggestPath(pathInRouter(c));
    const hint =
      path === undefined ? '' : `${missing.endsWith('.') ? '' : '.'} Use ${path}, without the extra slash.`;
    throw new ApiError('not_found', missing + hint);
  });
}

/**
 * Creates a function that returns the path without extra slashes (`/tasks/`, `//tasks`) if a route matches it.
 * @param routes the paths of the routes, such as `/tasks/:id`
 */
function createPathHint(routes: readonly string[]): (path: string) => string | undefined {
  const patterns = routes.map(
    (route) => new RegExp(`^${route.replace(/[.]/g, '\\.').replace(/:\w+/g, '[^/]+')}$`),
  );
  return (path) => {
    const normalized = path.replace(/\/{2,}/g, '/').replace(/\/$/, '');
    if (normalized === path || normalized.length > MAX_PATH_LENGTH) return undefined;
    return patterns.some((pattern) => pattern.test(normalized)) ? normalized : undefined;
  };
}

/** Returns the path that the client sent, without the prefix that routes by host. */
export function pathInRouter({ req: { path } }: Context): string {
  const end = path.indexOf('/', 1);
  return end === -1 ? '/' : path.slice(end);
}
