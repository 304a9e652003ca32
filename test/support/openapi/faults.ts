/** Requests that provoke the errors that every operation of both APIs describes. */
import { vi } from 'vitest';
import { createTestGateway, type Gateway, type GatewayOptions } from '../gateway.ts';
import type { OperationRequest, Recorder } from './recorder.ts';

export interface FaultOptions {
  /** A successful request of each operation, without conditions. */
  requests: Record<string, OperationRequest>;
  /** Requests that provoke other errors of an operation, by status. */
  specific: Record<string, Record<number, OperationRequest>>;
  /** Inserts the same credentials into another gateway. */
  addCredentials(gateway: Gateway): Promise<unknown>;
  gateway: GatewayOptions;
}

type Fault = (request: OperationRequest) => OperationRequest;

const withHeader =
  (name: string, value: string): Fault =>
  (request) => ({ ...request, headers: { ...request.headers, [name]: value } });

const withoutCredentials: Fault = ({ headers: _, ...request }) => request;

const FAULTS: Readonly<Record<number, Fault>> = {
  304: withHeader('If-None-Match', '*'),
  400: (request) => ({ ...request, suffix: '?x=%zz' }),
  401: withoutCredentials,
  405: (request) => ({ ...request, method: 'PUT' }),
  412: withHeader('If-Match', '"of-another-representation"'),
  413: (request) => ({
    ...request,
    headers: { ...request.headers, 'Content-Length': String(2 * 1024 * 1024) },
  }),
  415: (request) => ({ body: '{}', ...request, headers: { ...request.headers, 'Content-Encoding': 'gzip' } }),
  421: (request) => ({ ...request, host: 'other.test' }),
};

/** Records the errors that each operation describes. Errors that are recorded already stay as they are. */
export async function recordFaults(
  recorder: Recorder,
  gateway: Gateway,
  options: FaultOptions,
): Promise<void> {
  const draining = await createTestGateway({ ...options.gateway, isDraining: true });
  const failing = await createTestGateway(options.gateway);
  for (const world of [draining, failing]) await options.addCredentials(world);
  failTasks(failing);
  for (const [id, { description }] of recorder.operations) {
    const request = options.requests[id] ?? {};
    for (const status of Object.keys(description.responses ?? {}).map(Number)) {
      if (recorder.examples[id]?.responses[status]) continue;
      const provoke = options.specific[id]?.[status] ?? FAULTS[status]?.(request) ?? request;
      const world = { 500: failing, 503: draining }[status] ?? gateway;
      if (status === 429) await recordLimit(recorder, id, provoke, options);
      else await recorder.record(world.app, id, status, provoke);
    }
  }
}

/** Records a 429 of a gateway that accepts no request. */
async function recordLimit(
  recorder: Recorder,
  id: string,
  request: OperationRequest,
  options: FaultOptions,
): Promise<void> {
  // The seconds in the response are those of a limit that was just exceeded.
  vi.useFakeTimers({ toFake: ['Date'] });
  try {
    const limits = { rateLimitAddress: 1, rateLimitCredential: 1 };
    const limited = await createTestGateway({ ...options.gateway, limits });
    await options.addCredentials(limited);
    const env = { incoming: { socket: { remoteAddress: '192.0.2.1' }, rawHeaders: [] } };
    const app = { request: (url: string, init?: RequestInit) => limited.app.request(url, init, env) };
    await recorder.send(app, id, request);
    await recorder.record(app, id, 429, request);
  } finally {
    vi.useRealTimers();
  }
}

/** Makes every query behind authentication fail, like a damaged database. */
function failTasks({ store }: Gateway): void {
  const queries: object[] = [
    store.servicesTasks,
    store.servicesTaskLifecycle,
    store.hdpTasks,
    store.hdpTaskLifecycle,
    store.taskRuns,
    store.figures,
  ];
  const fail = () => Promise.reject(new Error('The database is damaged.'));
  Object.assign(store.access, { listChains: fail });
  for (const object of queries) {
    for (const name of Object.keys(object)) Object.assign(object, { [name]: fail });
  }
}
