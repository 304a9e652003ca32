/** The clients that orval generates. The URLs are in the generated code. */
import { ClientError, type HdpClient, parseDownloadUrl, type ServicesClient } from './clients.ts';
import * as hdp from './generated/orval/hdp.ts';
import * as services from './generated/orval/services.ts';

type ErrorStatus = 400 | 401 | 403 | 404 | 405 | 409 | 412 | 413 | 415 | 421 | 422 | 429 | 500 | 503;
/** A response without success. A 304 has no body. */
type Failure<Body> = { status: ErrorStatus; data: Body } | { status: 304; data: unknown };

function servicesError(failure: Failure<services.Error | services.HostError>): ClientError {
  if (failure.status === 304) return new ClientError(304);
  const { error } = failure.data;
  return new ClientError(failure.status, typeof error === 'string' ? error : error.description);
}

function hdpError(failure: Failure<hdp.Error>): ClientError {
  if (failure.status === 304) return new ClientError(304);
  return new ClientError(failure.status, failure.data.error);
}

const withKey = (headers: Record<string, string>, key: string | undefined) =>
  key === undefined ? headers : { ...headers, 'Idempotency-Key': key };

export function createServicesClient(_: string, headers: Record<string, string>): ServicesClient {
  return {
    async list(query) {
      const response = await services.listTasks(query, { headers });
      if (response.status === 200) return response.data;
      throw servicesError(response);
    },
    async create(task, idempotencyKey) {
      const response = await services.createTask(task, { headers: withKey(headers, idempotencyKey) });
      if (response.status === 201) return response.data;
      throw servicesError(response);
    },
    async read(id, query) {
      const response = await services.getTask(id, query, { headers });
      if (response.status === 200) return response.data;
      throw servicesError(response);
    },
    async execute(id) {
      const response = await services.executeTask(id, { headers });
      if (response.status === 200) return response.data;
      throw servicesError(response);
    },
    async downloadUrl(id) {
      const response = await services.getDownloadUrl(id, { headers });
      if (response.status === 200) return response.data.url;
      throw servicesError(response);
    },
    async download(url) {
      const { id, name, query } = parseDownloadUrl(url);
      const response = await services.downloadFile(id, name, query);
      if (response.status !== 200) throw new ClientError(response.status);
      return typeof response.data === 'string' ? response.data : JSON.stringify(response.data);
    },
  };
}

export function createHdpClient(
  _: string,
  keys: Record<'client' | 'processor', Record<string, string>>,
): HdpClient {
  return {
    async list(query) {
      const response = await hdp.listTasks(query);
      if (response.status === 200) return response.data;
      throw hdpError(response);
    },
    async create(task, idempotencyKey) {
      const response = await hdp.createTask(task, { headers: withKey(keys.client, idempotencyKey) });
      if (response.status === 200) return response.data.uuid;
      throw hdpError(response);
    },
    async status(uuid) {
      const response = await hdp.getTaskStatus(uuid);
      if (response.status === 200) return response.data;
      throw hdpError(response);
    },
    async details(uuid) {
      const response = await hdp.getTaskDetails(uuid);
      if (response.status === 200) return response.data;
      throw hdpError(response);
    },
    async transitions(uuid) {
      const response = await hdp.getTaskTransitions(uuid);
      if (response.status === 200) return response.data;
      throw hdpError(response);
    },
    async report(uuid, report) {
      const response = await hdp.reportTransition(uuid, report, { headers: keys.processor });
      if (response.status === 200) return response.data.to_status;
      throw hdpError(response);
    },
    async retry(uuid) {
      const response = await hdp.retryTask(uuid, { headers: keys.client });
      if (response.status === 200) return response.data.message;
      throw hdpError(response);
    },
    async isAlive() {
      const response = await hdp.isAlive();
      if (response.status === 405) throw hdpError(response);
      return response.data.status;
    },
  };
}
