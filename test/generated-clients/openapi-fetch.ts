/** Clients of openapi-fetch with the types that openapi-typescript generates. */
import createClient from 'openapi-fetch';
import { ClientError, type HdpClient, parseDownloadUrl, type ServicesClient } from './clients.ts';
import type { components as HdpComponents, paths as HdpPaths } from './generated/openapi-typescript/hdp.ts';
import type {
  components as ServicesComponents,
  paths as ServicesPaths,
} from './generated/openapi-typescript/services.ts';

interface Result<Data, Failure> {
  data?: Data;
  error?: Failure | undefined;
  response: Response;
}

type ServicesError = ServicesComponents['schemas']['Error' | 'HostError'];

/** Returns the data of a Services response. @throws ClientError */
function servicesData<Data>({ data, error, response }: Result<Data, ServicesError>): Data {
  if (data !== undefined) return data;
  const cause = error?.error;
  throw new ClientError(response.status, typeof cause === 'string' ? cause : cause?.description);
}

/** Returns the data of an HDP response. @throws ClientError */
function hdpData<Data>(result: Result<Data, HdpComponents['schemas']['Error']>): Data {
  if (result.data !== undefined) return result.data;
  throw new ClientError(result.response.status, result.error?.error);
}

/** Returns the header parameters of a POST. */
const keyHeader = (key: string | undefined) => (key === undefined ? {} : { 'Idempotency-Key': key });

export function createServicesClient(url: string, headers: Record<string, string>): ServicesClient {
  const client = createClient<ServicesPaths>({ baseUrl: url, headers });
  return {
    list: async (query) => servicesData(await client.GET('/tasks', { params: { query } })),
    create: async (body, key) =>
      servicesData(await client.POST('/tasks', { params: { header: keyHeader(key) }, body })),
    read: async (id, query = {}) =>
      servicesData(await client.GET('/tasks/{id}', { params: { path: { id }, query } })),
    execute: async (id) =>
      servicesData(await client.POST('/tasks/{id}/execute', { params: { path: { id } } })),
    downloadUrl: async (id) =>
      servicesData(await client.GET('/tasks/{id}/download_url', { params: { path: { id } } })).url,
    async download(url) {
      const { id, name, query } = parseDownloadUrl(url);
      const params = { path: { id, name }, query };
      const result = await client.GET('/downloads/{id}/{name}', { params, parseAs: 'text' });
      return servicesData(result);
    },
  };
}

export function createHdpClient(
  url: string,
  keys: Record<'client' | 'processor', Record<string, string>>,
): HdpClient {
  const client = createClient<HdpPaths>({ baseUrl: url });
  const pathOf = (uuid: string) => ({ params: { path: { uuid } } });
  return {
    list: async (query) => hdpData(await client.GET('/tasks', { params: { query } })),
    create: async (body, key) =>
      hdpData(await client.POST('/tasks', { params: { header: keyHeader(key) }, body, headers: keys.client }))
        .uuid,
    status: async (uuid) => hdpData(await client.GET('/tasks/{uuid}/status', pathOf(uuid))),
    details: async (uuid) => hdpData(await client.GET('/tasks/{uuid}/details', pathOf(uuid))),
    transitions: async (uuid) => hdpData(await client.GET('/tasks/{uuid}/state_transitions', pathOf(uuid))),
    report: async (uuid, body) =>
      hdpData(
        await client.POST('/tasks/{uuid}/transitions', { ...pathOf(uuid), body, headers: keys.processor }),
      ).to_status,
    retry: async (uuid) =>
      hdpData(await client.POST('/tasks/{uuid}/retry', { ...pathOf(uuid), headers: keys.client })).message,
    async isAlive() {
      const { data, error, response } = await client.GET('/is-alive');
      const health = data ?? error;
      if ('status' in health) return health.status;
      throw new ClientError(response.status, health.error);
    },
  };
}
