/** Requests that the benchmark clients send. */

import type { Credentials } from './credentials.ts';
import type { Dataset } from './dataset.ts';
import type { SuccessfulStatus } from './generate.ts';
import type { HttpRequest } from './http-client.ts';

export type Api = 'hdp' | 'services';
export const APIS = ['hdp', 'services'] as const;

export const HOSTS: Record<Api, string> = { hdp: 'hdp.bench.test', services: 'services.bench.test' };
export const LIST_NAMES: Record<Api, string> = { hdp: 'HDP, 10 a page', services: 'Services, 100 a page' };

/** Creates a list request. @param query such as `limit=100` */
export const listRequest = (api: Api, dataset: Dataset, query: string): HttpRequest =>
  readRequest(api, dataset, `/tasks?${query}`);

export const figuresRequest = (api: Api, dataset: Dataset, query: string): HttpRequest =>
  readRequest(api, dataset, `/figures?${query}`);

function readRequest(api: Api, { credentials }: Dataset, path: string): HttpRequest {
  const headers: Record<string, string> = api === 'services' ? bearerHeader(credentials) : {};
  return { host: HOSTS[api], path, headers };
}

const bearerHeader = ({ token }: Credentials) => ({ Authorization: `Bearer ${token}` });

/** Creates a POST request. @param headers the credentials */
const postRequest = (api: Api, path: string, headers: Record<string, string>, body: object): HttpRequest => ({
  host: HOSTS[api],
  path,
  headers,
  body: JSON.stringify(body),
});

/** Creates the request that creates a task. */
export const createTaskRequest = (api: Api, { credentials }: Dataset, body: object): HttpRequest =>
  postRequest(
    api,
    '/tasks',
    api === 'hdp' ? { 'X-API-KEY': credentials.clientKey } : bearerHeader(credentials),
    body,
  );

/** Creates the request by which a processor reports a status of an HDP task (contract B3, docs/hdp-api.md). */
export const transitionRequest = (
  { credentials }: Dataset,
  uuid: string,
  status: SuccessfulStatus,
): HttpRequest =>
  postRequest(
    'hdp',
    `/tasks/${uuid}/transitions`,
    { 'X-API-KEY': credentials.processorKey },
    { to_status: status, ...(status === 'TaskDecommitmentCompleted' && { transaction_hash: '0x1' }) },
  );

/** Creates the request that executes a Services task. */
export const executeRequest = ({ credentials }: Dataset, id: number): HttpRequest =>
  postRequest('services', `/tasks/${id}/execute`, bearerHeader(credentials), {});

/** Creates the request of polling clients: the first page of the list. */
export const polledListRequest = (api: Api, dataset: Dataset) => listRequest(api, dataset, pageQuery(api, 0));

/** Returns the query of a page. @param index counted from 0 */
export const pageQuery = (api: Api, index: number) =>
  api === 'hdp' ? `hdp_tasks_page=${index + 1}&hdp_tasks_per_page=10` : `limit=100&offset=${100 * index}`;
