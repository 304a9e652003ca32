import { createMiddleware } from 'hono/factory';
import { unavailable } from './errors.ts';

/** Answers 503 and closes the connection while `isDraining`: a request that comes on a kept-alive connection. */
export const refuseWhile = (isDraining: () => boolean) =>
  createMiddleware(async function refuseWhileDraining(c, next) {
    if (isDraining()) {
      c.header('Connection', 'close');
      throw unavailable();
    }
    await next();
  });
