import type { Context } from 'hono';
import { NO_STORE } from '../http/cache-control.ts';
import { jsonBody } from '../http/json-body.ts';
import type { Health } from './task-schema.ts';

export interface HealthDependencies {
  /** True once the server is shutting down. */
  isDraining(): boolean;
  /** Reads something from the database, or throws. */
  probe(): Promise<unknown>;
  /** Told of why the database cannot be read. */
  reportError(error: unknown, requestId: string): void;
}

/** `GET /is-alive` (contract B3): 503 once the database cannot be read or no more tasks are taken. */
export const createHealth =
  ({ probe, isDraining, reportError }: HealthDependencies) =>
  async (c: Context) => {
    const canRead = await probe().then(
      () => true,
      (error: unknown) => {
        reportError(error, c.get('requestId'));
        return false;
      },
    );
    const takesTasks = canRead && !isDraining();
    const health: Health = {
      status: takesTasks ? 'healthy' : 'unhealthy',
      database: canRead ? 'operational' : 'unavailable',
      queues: takesTasks ? 'operational' : 'unavailable',
    };
    const headers = isDraining() ? { Connection: 'close' } : {};
    return takesTasks
      ? jsonBody(c, JSON.stringify(health), 200, headers)
      : jsonBody(c, JSON.stringify(health), 503, { ...NO_STORE, ...headers });
  };
