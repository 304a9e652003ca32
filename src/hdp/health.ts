import type { Context } from 'hono';
import { NO_STORE } from '../http/cache-control.ts';
import { jsonBody } from '../http/json-body.ts';
import type { Health } from './task-schema.ts';

export interface HealthDependencies {
  /** True once the server is shutting down. */
  isDraining(): boolean;
  /** Reads from the database. Throws if that fails. */
  probe(): Promise<unknown>;
  /** Receives the error of `probe`. */
  reportError(error: unknown, requestId: string): void;
}

/** Creates the handler of `GET /is-alive` (contract B3). It answers 503 while the database fails or the server stops. */
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
    const isHealthy = canRead && !isDraining();
    const health: Health = {
      status: isHealthy ? 'healthy' : 'unhealthy',
      database: canRead ? 'operational' : 'unavailable',
      queues: isHealthy ? 'operational' : 'unavailable',
    };
    const headers = isDraining() ? { Connection: 'close' } : {};
    return isHealthy
      ? jsonBody(c, JSON.stringify(health), 200, headers)
      : jsonBody(c, JSON.stringify(health), 503, { ...NO_STORE, ...headers });
  };
