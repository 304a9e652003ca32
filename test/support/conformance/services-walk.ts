/** Requests that receive every response of the Services API that its document describes. */
import { createBlockingAction, TEST_ACTIONS } from '../actions.ts';
import { asAdmin, asChain } from '../gateway.ts';
import { holdCreation } from './hold-creation.ts';
import type { ListeningGateway } from './listening-gateway.ts';
import { etagOf, GZIP, type Visitor } from './visitor.ts';

const CHAIN = 1764;

/** What the parts of the walk share. */
interface Walk {
  visit: Visitor;
  store: ListeningGateway['store'];
  /** A token of the chain. */
  headers: Record<string, string>;
  /** An admin session without access to the chain. */
  stranger: Record<string, string>;
}

/** Creates the actions that the walk runs. */
export function createWalkActions() {
  const blocking = createBlockingAction();
  return { actions: [...TEST_ACTIONS, blocking.action], blocking };
}

type Blocking = ReturnType<typeof createWalkActions>['blocking'];

/** Visits every documented status except 500 and 503. The gateway has the actions of `createWalkActions`. */
export async function walkServices(
  { store }: ListeningGateway,
  visit: Visitor,
  blocking: Blocking,
): Promise<void> {
  const headers = await asChain(store, CHAIN);
  const walk = { visit, store, headers, stranger: await asAdmin(store, 7, CHAIN) };
  await visitCreation(walk);
  const exported = await createTask(walk, 'export');
  const failed = await createTask(walk, 'refuse');
  await visitList(walk);
  await visitAccess(walk);
  await visitExecution(walk, exported);
  await visit(200, `POST /tasks/${failed}/execute`, { headers });
  await visitRunning(walk, blocking);
  await visitTask(walk, failed);
  await visitDownloadUrl(walk, { exported, failed });
  await visitDownload(walk, exported);
}

const newTask = (action: string, desc = '') => {
  const target = action === 'export' ? { action, export_index: 'users', export_format: 'csv' } : { action };
  return JSON.stringify({ chain: CHAIN, desc, trigger: { once: '2026-06-01T12:00:00Z' }, target });
};

/** Returns the id of a new task. */
async function createTask({ visit, headers }: Walk, action: string): Promise<number> {
  const { text } = await visit(201, 'POST /tasks', { headers, body: newTask(action) });
  const { id }: { id: number } = JSON.parse(text);
  return id;
}

async function visitCreation({ visit, store, headers, stranger }: Walk): Promise<void> {
  const body = newTask('talk');
  const idempotent = { ...headers, 'Idempotency-Key': 'once' };
  const creation = holdCreation(store.servicesTaskLifecycle);
  const first = visit(201, 'POST /tasks', { headers: idempotent, body });
  await creation.reached;
  await visit(409, 'POST /tasks', { headers: idempotent, body });
  creation.release();
  await first;
  await visit(201, 'POST /tasks', { headers: idempotent, body });
  await visit(422, 'POST /tasks', { headers: idempotent, body: newTask('talk', 'other') });
  await visit(400, 'POST /tasks', { headers, body: '{}' });
  await visit(401, 'POST /tasks', { body });
  await visit(403, 'POST /tasks', { headers: stranger, body });
  await visit(413, 'POST /tasks', { headers, body: newTask('talk', 'x'.repeat(1_100_000)) });
  await visit(415, 'POST /tasks', { headers: { ...headers, ...GZIP }, body });
}

async function visitList({ visit, headers, stranger }: Walk): Promise<void> {
  const line = 'GET /tasks?status=READY&action=export&limit=10&offset=0';
  const list = await visit(200, line, { headers });
  await visit(304, line, { headers: { ...headers, 'If-None-Match': etagOf(list) } });
  await visit(200, 'HEAD /tasks', { headers });
  await visit(200, 'GET /tasks?campaign_id=1', { headers });
  await visit(400, 'GET /tasks?limit=0', { headers });
  await visit(401, 'GET /tasks');
  await visit(403, 'GET /tasks', { headers: stranger });
  await visit(412, 'GET /tasks', { headers: { ...headers, 'If-Match': '"other"' } });
}

/** Reads what the credentials give access to. */
async function visitAccess({ visit, headers, stranger }: Walk): Promise<void> {
  for (const line of ['GET /figures', 'GET /session']) {
    const response = await visit(200, line, { headers });
    await visit(304, line, { headers: { ...headers, 'If-None-Match': etagOf(response) } });
    await visit(400, `${line}?x=%zz`, { headers });
    await visit(401, line);
    await visit(403, line, { headers: stranger });
    await visit(412, line, { headers: { ...headers, 'If-Match': '"other"' } });
  }
}

/** Executes a task, and sends requests that execute nothing. */
async function visitExecution(walk: Walk, id: number): Promise<void> {
  const { visit, headers, stranger } = walk;
  const line = `POST /tasks/${id}/execute`;
  await visit(200, line, { headers });
  await visit(400, 'POST /tasks/x/execute', { headers });
  await visit(401, line);
  await visit(403, line, { headers: stranger });
  await visit(404, 'POST /tasks/999/execute', { headers });
  await visit(409, `POST /tasks/${await createTask(walk, 'unknown')}/execute`, { headers });
  await visit(415, line, { headers: { ...headers, ...GZIP }, body: 'x' });
}

/** Executes a task while it is running. */
async function visitRunning(walk: Walk, blocking: Blocking): Promise<void> {
  const { visit, headers } = walk;
  const line = `POST /tasks/${await createTask(walk, 'held')}/execute`;
  const running = visit(200, line, { headers });
  await blocking.started;
  await visit(409, line, { headers });
  blocking.unblock();
  await running;
}

async function visitTask({ visit, headers, stranger }: Walk, id: number): Promise<void> {
  const line = `GET /tasks/${id}?log_limit=5&offset=0`;
  const task = await visit(200, line, { headers });
  await visit(304, line, { headers: { ...headers, 'If-None-Match': etagOf(task) } });
  await visit(400, `GET /tasks/${id}?log_limit=0`, { headers });
  await visit(401, line);
  await visit(403, line, { headers: stranger });
  await visit(404, 'GET /tasks/999', { headers });
  await visit(412, line, { headers: { ...headers, 'If-Match': '"other"' } });
}

async function visitDownloadUrl(
  { visit, headers, stranger }: Walk,
  { exported, failed }: Record<'exported' | 'failed', number>,
): Promise<void> {
  const line = `GET /tasks/${exported}/download_url`;
  await visit(200, line, { headers });
  await visit(400, 'GET /tasks/x/download_url', { headers });
  await visit(401, line);
  await visit(403, line, { headers: stranger });
  await visit(404, 'GET /tasks/999/download_url', { headers });
  await visit(409, `GET /tasks/${failed}/download_url`, { headers });
}

async function visitDownload({ visit, headers }: Walk, id: number): Promise<void> {
  const { text } = await visit(200, `GET /tasks/${id}/download_url`, { headers });
  const { url }: { url: string } = JSON.parse(text);
  const { pathname, search } = new URL(url);
  const line = `GET ${pathname}${search}`;
  const file = await visit(200, line);
  await visit(200, `HEAD ${pathname}${search}`);
  await visit(206, line, { headers: { Range: 'bytes=0-3' } });
  await visit(304, line, { headers: { 'If-None-Match': etagOf(file) } });
  await visit(403, `${line}x`);
  await visit(412, line, { headers: { 'If-Match': '"other"' } });
  await visit(416, line, { headers: { Range: 'bytes=999-' } });
}

/** Sends one request to each operation. Every response has the same status. */
export async function visitAllServices(status: number, visit: Visitor): Promise<void> {
  const headers = { Authorization: 'Bearer a:b' };
  await visit(status, 'GET /tasks', { headers });
  await visit(status, 'POST /tasks', { headers, body: newTask('talk') });
  await visit(status, 'GET /tasks/1', { headers });
  await visit(status, 'GET /figures', { headers });
  await visit(status, 'GET /session', { headers });
  await visit(status, 'POST /tasks/1/execute', { headers });
  await visit(status, 'GET /tasks/1/download_url', { headers });
  await visit(status, 'GET /downloads/1/a.csv?expires=1&signature=a');
}
