/** A walk through the Services API that shows every operation and every response of its OpenAPI document. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { z } from 'zod';
import { etagOf } from '../../../src/http/etag.ts';
import type { Examples } from '../../../src/http/openapi-examples.ts';
import { servicesDocument } from '../../../src/services/openapi.ts';
import { EXPORT_CONTENT, exportAction } from '../actions.ts';
import { addServicesTasks, asAdmin, asChain, createTestGateway, type Gateway, NOW } from '../gateway.ts';
import { aServicesTask } from '../tasks.ts';
import { recordFaults } from './faults.ts';
import { createRecorder, type OperationRequest } from './recorder.ts';

const CHAIN = 1764;
const IN_LIST = aServicesTask({
  id: 12287,
  desc: 'Spring welcome points for new members',
  state: {
    code: 'DONE',
    last_run_date: '2026-03-02T09:00:00Z',
    last_modified: '2026-03-02T09:03:41Z',
    created_date: '2026-03-02T08:14:09Z',
  },
  trigger: { once: '2026-03-02T09:00:00Z' },
  target: { action: 'bulk issue wallet entries', campaign_id: 4790, wallet: 'points', amount: 250 },
  version: 2,
});
const NEW_TASK = {
  chain: CHAIN,
  desc: 'Members of Delft who were active in the last 30 days',
  trigger: {
    once: '2026-06-02T04:00:00Z',
    repeat: 'weekly',
    segment: {
      entity: 'people',
      index: 'users',
      join: 'all',
      chain_id: CHAIN,
      rules: [
        { field_name: 'city', field_type: 'keyword', operator: 'is', value: 'Delft' },
        {
          field_name: 'last_seen',
          field_type: 'date',
          operator: 'relative_less_than',
          time_factor: 'day',
          time_amount: 30,
        },
      ],
    },
  },
  target: { action: 'export', export_index: 'users', export_format: 'csv' },
  debug: 'requested by the analytics team',
};
const ETAG = '"Zs4JvQZ6hJ3Ks0v1yE0yQ2mXk5c"';

async function addCredentials({ store }: Gateway) {
  // A session without a grant, for 403.
  await asAdmin(store, 501, CHAIN);
  await asAdmin(store, 502, CHAIN);
  await store.access.grant({ userId: 502, chain: CHAIN, level: 'WRITE' });
  return asChain(store, CHAIN);
}

/** Returns a request with the admin session of a user. */
const asUser = (user: number, { headers: _, ...request }: OperationRequest): OperationRequest => ({
  ...request,
  headers: {
    'X-Spaaza-Session-User-Id': String(user),
    'X-Spaaza-Session-Key': `key-of-${user}`,
    'X-Spaaza-Session-Chain-Id': String(CHAIN),
  },
});

/** Returns a request with a session that has no access to the chain. */
const asStranger = (request: OperationRequest) => asUser(501, request);

const urlOf = (body: unknown) => z.object({ url: z.string() }).parse(body).url;

/** Replaces what differs between two walks: the time and the folder of the file. */
function stabilize(examples: Examples): void {
  for (const { headers } of Object.values(examples.downloadFile?.responses ?? {})) {
    if (headers.ETag) headers.ETag = etagOf(Buffer.from(EXPORT_CONTENT));
    if (headers['Last-Modified']) headers['Last-Modified'] = new Date(NOW).toUTCString();
  }
}

/** Returns the examples of all operations. */
export async function walkServices() {
  const exportsDir = mkdtempSync(join(tmpdir(), 'taskgate-walk-'));
  const time = { now: NOW };
  const options = { actions: [exportAction], exportsDir, now: () => time.now };
  try {
    const gateway = await createTestGateway(options);
    const credentials = await addCredentials(gateway);
    const { app, store } = gateway;
    const recorder = createRecorder(servicesDocument, 'services.test');
    await addServicesTasks(store, IN_LIST);
    const withToken = (request: OperationRequest): OperationRequest => ({ headers: credentials, ...request });
    const conditions = { 'If-None-Match': ETAG, 'If-Match': '*' };

    const createTask = withToken({
      parameters: { 'Idempotency-Key': 'members-of-delft-23' },
      body: NEW_TASK,
    });
    await recorder.record(app, 'createTask', 201, createTask);
    time.now += 60_000;
    await recorder.record(app, 'executeTask', 200, withToken({ parameters: { id: 12288 } }));
    const filters = { status: 'DONE', action: 'bulk issue wallet entries', campaign_id: 4790 };
    const listTasks = withToken({ parameters: { ...filters, limit: 100, offset: 0 } });
    const getFigures = withToken({});
    const getSession = withToken({});
    const getTask = withToken({ parameters: { id: 12288, log_limit: 10, offset: 0 } });
    const task = withToken({ parameters: { id: 12288 } });
    const withConditions = ({ parameters, ...rest }: OperationRequest) => ({
      ...rest,
      parameters: { ...parameters, ...conditions },
    });
    await recorder.record(app, 'listTasks', 200, withConditions(listTasks));
    await recorder.record(app, 'getFigures', 200, withConditions(getFigures));
    await recorder.record(app, 'getTask', 200, withConditions(getTask));
    await recorder.record(app, 'getSession', 200, withConditions(getSession));
    const { body } = await recorder.record(app, 'getDownloadUrl', 200, task);
    const url = new URL(urlOf(body));
    const [, , id = '', name = ''] = url.pathname.split('/');
    const downloadFile = { parameters: { id, name, ...Object.fromEntries(url.searchParams) } };
    await recorder.record(app, 'downloadFile', 200, withConditions(downloadFile));
    const range = { Range: 'bytes=0-6', 'If-Range': ETAG };
    await recorder.record(app, 'downloadFile', 206, {
      parameters: { ...downloadFile.parameters, Range: range.Range },
    });
    await recorder.record(app, 'downloadFile', 200, { parameters: { ...downloadFile.parameters, ...range } });
    const accept = { headers: { Accept: 'application/json' } };
    await recorder.record(app, 'getIndex', 200, { ...accept, parameters: conditions });
    await recorder.record(app, 'getOpenApiDocument', 200, { parameters: conditions });

    const repeated = { ...createTask, parameters: { 'Idempotency-Key': 'sent-twice-at-once' } };
    const first = recorder.send(app, 'createTask', repeated);
    await recorder.record(app, 'createTask', 409, repeated);
    await first;
    const unsigned = { parameters: { ...downloadFile.parameters, signature: 'altered' } };
    await recordFaults(recorder, gateway, {
      gateway: options,
      addCredentials,
      requests: {
        createTask,
        listTasks,
        getFigures,
        getSession,
        getTask,
        executeTask: task,
        getDownloadUrl: task,
        downloadFile,
        getIndex: accept,
      },
      specific: {
        getIndex: { 405: withToken({ method: 'PUT' }) },
        getOpenApiDocument: { 405: withToken({ method: 'PUT' }) },
        listTasks: { 400: withToken({ parameters: { status: 'FINISHED' } }), 403: asStranger(listTasks) },
        createTask: {
          400: withToken({ body: { ...NEW_TASK, trigger: { once: 'tomorrow' } } }),
          403: withToken({ body: { ...NEW_TASK, trigger: { once: NEW_TASK.trigger.once }, chain: 1743 } }),
          422: { ...createTask, body: { ...NEW_TASK, desc: 'Members of Leiden' } },
        },
        getFigures: { 403: asStranger(getFigures) },
        getSession: { 403: asStranger(getSession), 500: asUser(502, getSession) },
        getTask: {
          400: withToken({ parameters: { id: 12288, log_limit: 0 } }),
          403: asStranger(getTask),
          404: withToken({ parameters: { id: 1 } }),
        },
        executeTask: {
          400: withToken({ parameters: { id: 'latest' } }),
          403: asStranger(task),
          404: withToken({ parameters: { id: 1 } }),
          409: withToken({ parameters: { id: 12287 } }),
        },
        getDownloadUrl: {
          400: withToken({ parameters: { id: 'latest' } }),
          403: asStranger(task),
          404: withToken({ parameters: { id: 1 } }),
          409: withToken({ parameters: { id: 12287 } }),
        },
        downloadFile: {
          403: unsigned,
          416: { parameters: { ...downloadFile.parameters, Range: 'bytes=9999-' } },
        },
      },
    });
    stabilize(recorder.examples);
    return recorder.examples;
  } finally {
    rmSync(exportsDir, { recursive: true, force: true });
  }
}
