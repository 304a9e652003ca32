/** The requests of the clients. */
import type { HttpRequest } from './client.ts';
import type { Credentials } from './credentials.ts';
import type { Dataset } from './dataset.ts';

export type Api = 'hdp' | 'services';
export const APIS = ['hdp', 'services'] as const;

export const HOSTS: Record<Api, string> = { hdp: 'hdp.bench.test', services: 'services.bench.test' };
export const LIST_NAMES: Record<Api, string> = { hdp: 'HDP, 10 a page', services: 'Services, 100 a page' };

/** The request for a list. @param query such as `limit=100` */
export function listRequest(api: Api, { credentials }: Dataset, query: string): HttpRequest {
  const headers: Record<string, string> = api === 'services' ? bearer(credentials) : {};
  return { host: HOSTS[api], path: `/tasks?${query}`, headers };
}

const bearer = ({ token }: Credentials) => ({ Authorization: `Bearer ${token}` });

/** A POST. @param headers its credentials */
const postRequest = (api: Api, path: string, headers: Record<string, string>, body: object): HttpRequest => ({
  host: HOSTS[api],
  path,
  headers,
  body: JSON.stringify(body),
});

/** The request that creates a task. */
export const createRequest = (api: Api, { credentials }: Dataset, body: object): HttpRequest =>
  postRequest(
    api,
    '/tasks',
    api === 'hdp' ? { 'X-API-KEY': credentials.clientKey } : bearer(credentials),
    body,
  );

/** The request by which a processor reports the next status of an HDP task. */
export const transitionRequest = ({ credentials }: Dataset, uuid: string, body: object): HttpRequest =>
  postRequest('hdp', `/tasks/${uuid}/transitions`, { 'X-API-KEY': credentials.processorKey }, body);

/** The request that runs a Services task. */
export const executeRequest = ({ credentials }: Dataset, id: number): HttpRequest =>
  postRequest('services', `/tasks/${id}/execute`, bearer(credentials), {});

/** The list that clients poll: the first page. */
export const polled = (api: Api, dataset: Dataset) => listRequest(api, dataset, pageQuery(api, 0));

/** The query for a page, counted from 0. */
export const pageQuery = (api: Api, index: number) =>
  api === 'hdp' ? `hdp_tasks_page=${index + 1}&hdp_tasks_per_page=10` : `limit=100&offset=${100 * index}`;
