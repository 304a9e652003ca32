/** Requests that receive every response of the Services API that its document describes. */
import { createBlockingAction, TEST_ACTIONS } from './actions.ts';
import { asAdmin, asChain } from './gateway.ts';
import type { ListeningGateway } from './listening-gateway.ts';
import type { Visitor } from './visitor.ts';

const CHAIN = 1764;

/** Creates the actions that the walk runs. */
export function createWalkActions() {
  const blocking = createBlockingAction();
  return { actions: [...TEST_ACTIONS, blocking.action], blocking };
}

const newTask = (action: string, desc = '') => {
  const target = action === 'export' ? { action, export_index: 'users', export_format: 'csv' } : { action };
  return JSON.stringify({ chain: CHAIN, desc, trigger: { once: '2026-06-01T12:00:00Z' }, target });
};

/** Visits every documented status except 500 and 503. The gateway has the actions of `createWalkActions`. */
export async function walkServices(
  { store }: ListeningGateway,
  visit: Visitor,
  { blocking }: Pick<ReturnType<typeof createWalkActions>, 'blocking'>,
): Promise<void> {
  const headers = await asChain(store, CHAIN);
  const stranger = await asAdmin(store, 7, CHAIN);
  const tag = (response: { headers: Headers }) => response.headers.get('etag') ?? '';
  const create = async (action: string) => {
    const { text } = await visit(201, 'POST /tasks', { headers, body: newTask(action) });
    const { id }: { id: number } = JSON.parse(text);
    return id;
  };

  const exporting = await create('export');
  const list = await visit(200, 'GET /tasks?status=READY&action=export&limit=10&offset=0', { headers });
  await visit(200, 'HEAD /tasks', { headers });
  await visit(200, 'GET /tasks?campaign_id=1', { headers });
  await visit(304, 'GET /tasks?status=READY&action=export&limit=10&offset=0', {
    headers: { ...headers, 'If-None-Match': tag(list) },
  });
  await visit(400, 'GET /tasks?limit=0', { headers });
  await visit(401, 'GET /tasks');
  await visit(403, 'GET /tasks', { headers: stranger });
  await visit(412, 'GET /tasks', { headers: { ...headers, 'If-Match': '"other"' } });

  const body = newTask('talk');
  const idempotent = { ...headers, 'Idempotency-Key': 'once' };
  const release = holdCreation(store.servicesTaskLifecycle);
  const first = visit(201, 'POST /tasks', { headers: idempotent, body });
  await release.reached;
  await visit(409, 'POST /tasks', { headers: idempotent, body });
  release.open();
  await first;
  await visit(201, 'POST /tasks', { headers: idempotent, body });
  await visit(422, 'POST /tasks', { headers: idempotent, body: newTask('talk', 'other') });
  await visit(400, 'POST /tasks', { headers, body: '{}' });
  await visit(401, 'POST /tasks', { body });
  await visit(403, 'POST /tasks', { headers: stranger, body });
  await visit(413, 'POST /tasks', { headers, body: newTask('talk', 'x'.repeat(1_100_000)) });
  await visit(415, 'POST /tasks', { headers: { ...headers, 'Content-Encoding': 'gzip' }, body });

  await visit(200, `POST /tasks/${exporting}/execute`, { headers });
  await visit(400, 'POST /tasks/x/execute', { headers });
  await visit(401, `POST /tasks/${exporting}/execute`);
  await visit(403, `POST /tasks/${exporting}/execute`, { headers: stranger });
  await visit(404, 'POST /tasks/999/execute', { headers });
  await visit(409, `POST /tasks/${await create('unknown')}/execute`, { headers });
  await visit(415, `POST /tasks/${exporting}/execute`, {
    headers: { ...headers, 'Content-Encoding': 'gzip' },
    body: 'x',
  });
  const failing = await create('refuse');
  await visit(200, `POST /tasks/${failing}/execute`, { headers });
  const held = await create('held');
  const running = visit(200, `POST /tasks/${held}/execute`, { headers });
  await blocking.started;
  await visit(409, `POST /tasks/${held}/execute`, { headers });
  blocking.unblock();
  await running;

  const task = await visit(200, `GET /tasks/${failing}?log_limit=5&offset=0`, { headers });
  await visit(304, `GET /tasks/${failing}?log_limit=5&offset=0`, {
    headers: { ...headers, 'If-None-Match': tag(task) },
  });
  await visit(400, `GET /tasks/${failing}?log_limit=0`, { headers });
  await visit(401, `GET /tasks/${failing}`);
  await visit(403, `GET /tasks/${failing}`, { headers: stranger });
  await visit(404, 'GET /tasks/999', { headers });
  await visit(412, `GET /tasks/${failing}`, { headers: { ...headers, 'If-Match': '"other"' } });

  const path = `GET /tasks/${exporting}/download_url`;
  const { text } = await visit(200, path, { headers });
  await visit(400, 'GET /tasks/x/download_url', { headers });
  await visit(401, path);
  await visit(403, path, { headers: stranger });
  await visit(404, 'GET /tasks/999/download_url', { headers });
  await visit(409, `GET /tasks/${failing}/download_url`, { headers });

  const { pathname, search } = new URL(JSON.parse(text).url);
  const download = `GET ${pathname}${search}`;
  const file = await visit(200, download);
  await visit(200, `HEAD ${pathname}${search}`);
  await visit(206, download, { headers: { Range: 'bytes=0-3' } });
  await visit(304, download, { headers: { 'If-None-Match': tag(file) } });
  await visit(403, `${download}x`);
  await visit(412, download, { headers: { 'If-Match': '"other"' } });
  await visit(416, download, { headers: { Range: 'bytes=999-' } });
}

/** Sends one request to each operation. Every response has the same status. */
export async function visitAllServices(status: number, visit: Visitor): Promise<void> {
  const headers = { Authorization: 'Bearer a:b' };
  await visit(status, 'GET /tasks', { headers });
  await visit(status, 'POST /tasks', { headers, body: newTask('talk') });
  await visit(status, 'GET /tasks/1', { headers });
  await visit(status, 'POST /tasks/1/execute', { headers });
  await visit(status, 'GET /tasks/1/download_url', { headers });
  await visit(status, 'GET /downloads/1/a.csv?expires=1&signature=a');
}

/** Holds the next creation of a task until `open` is called. `reached` resolves when a request has come to it. */
export function holdCreation<Create extends (...args: never[]) => Promise<unknown>>(lifecycle: {
  create: Create;
}) {
  const { create } = lifecycle;
  let open = () => {};
  const opened = new Promise<void>((resolve) => {
    open = resolve;
  });
  const reached = new Promise<void>((resolve) => {
    const held = async (...args: Parameters<Create>) => {
      lifecycle.create = create;
      resolve();
      await opened;
      return create(...args);
    };
    Object.assign(lifecycle, { create: held });
  });
  return { open, reached };
}
