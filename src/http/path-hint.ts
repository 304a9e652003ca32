import type { Context } from 'hono';

const MAX_PATH_LENGTH = 200;

/**
 * Creates a function that returns the path a client probably meant, for a path with extra slashes (`/tasks/`,
 * `//tasks`), and undefined if no route is like that.
 * @param routes the paths of the routes, such as `/tasks/:id`
 */
export function createPathHint(routes: readonly string[]): (path: string) => string | undefined {
  const patterns = routes.map(
    (route) => new RegExp(`^${route.replace(/[.]/g, '\\.').replace(/:\w+/g, '[^/]+')}$`),
  );
  return (path) => {
    const meant = path.replace(/\/{2,}/g, '/').replace(/\/$/, '');
    if (meant === path || meant.length > MAX_PATH_LENGTH) return undefined;
    return patterns.some((pattern) => pattern.test(meant)) ? meant : undefined;
  };
}

/** The path as the client sent it, without the host's prefix that the router put in front of it. */
export function pathInRouter({ req: { path } }: Context): string {
  return path.slice(path.indexOf('/', 1));
}
