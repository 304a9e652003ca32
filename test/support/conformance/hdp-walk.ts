/** Requests that receive every response of the HDP API that its document describes. */
import { asKey } from '../gateway.ts';
import { ulid } from '../tasks.ts';
import { holdCreation } from './hold-creation.ts';
import type { ListeningGateway } from './listening-gateway.ts';
import { etagOf, GZIP, type Visitor } from './visitor.ts';

/** What the parts of the walk share. */
interface Walk {
  visit: Visitor;
  store: ListeningGateway['store'];
  /** The request headers with a key of each role. */
  client: Record<string, string>;
  processor: Record<string, string>;
}

const PARTS = ['status', 'details', 'state_transitions', 'mmrs', 'output_preimage'];
const UNKNOWN = `/tasks/${ulid(9)}`;

/** Transitions that lead a task to its end, with every member that a transition can have. */
const TRANSITIONS = [
  { to_status: 'DryRunStarted' },
  {
    to_status: 'DryRunCompleted',
    task_inputs: { a: 1 },
    data_source_chains: ['1'],
    data_destination_chain: '2',
    hdp_core_program_hash: '0x1',
    contract_class_hash: '0x2',
    program_hash: '0x3',
    program_name: 'name',
    task_hash: '0x4',
  },
  { to_status: 'ChainProofsFetchStarted' },
  {
    to_status: 'ChainProofsFetchCompleted',
    mmrs: [{ id: 'a', root: '0x1', size: 7, chain_id: '1', hashing_function: 'poseidon' }],
  },
  { to_status: 'TraceGenStarted' },
  { to_status: 'TraceGenCompleted', output_tree_root: '0x5', output_preimage: ['0x6'] },
  { to_status: 'AtlanticProvingStarted' },
  { to_status: 'AtlanticProvingCompleted' },
  { to_status: 'TaskDecommitmentStarted' },
  { to_status: 'TaskDecommitmentCompleted', transaction_hash: '0x7' },
];

/** Visits every documented status except 500 and 503. */
export async function walkHdp({ store }: ListeningGateway, visit: Visitor): Promise<void> {
  const client = await asKey(store, 'client');
  const walk = { visit, store, client, processor: await asKey(store, 'processor') };
  await visit(200, 'GET /is-alive');
  const finished = await createTask(walk, { webhook_url: 'https://example.com/hook', is_mock: true });
  for (const transition of TRANSITIONS) {
    const body = JSON.stringify(transition);
    await visit(200, `POST /tasks/${finished}/transitions`, { headers: walk.processor, body });
  }
  await visitCreation(walk);
  await visitReads(walk, finished);
  const failed = await createTask(walk);
  await visitTransitions(walk, failed);
  await visitRetry(walk, failed);
}

const newTask = (changes = {}) => JSON.stringify({ destination_chain_id: '0xaa36a7', input: {}, ...changes });
const transitionTo = (to_status: string, changes = {}) => JSON.stringify({ to_status, ...changes });

/** Returns the uuid of a new task. */
async function createTask({ visit, client }: Walk, changes = {}): Promise<string> {
  const { text } = await visit(200, 'POST /tasks', { headers: client, body: newTask(changes) });
  const { uuid }: { uuid: string } = JSON.parse(text);
  return uuid;
}

async function visitCreation({ visit, store, client, processor }: Walk): Promise<void> {
  const body = newTask();
  const idempotent = { ...client, 'Idempotency-Key': 'once' };
  const creation = holdCreation(store.hdpTaskLifecycle);
  const first = visit(200, 'POST /tasks', { headers: idempotent, body });
  await creation.reached;
  await visit(409, 'POST /tasks', { headers: idempotent, body });
  creation.release();
  await first;
  await visit(200, 'POST /tasks', { headers: idempotent, body });
  await visit(422, 'POST /tasks', { headers: idempotent, body: newTask({ program_name: 'other' }) });
  await visit(400, 'POST /tasks', { headers: client, body: '{}' });
  await visit(401, 'POST /tasks', { body });
  await visit(403, 'POST /tasks', { headers: processor, body });
  await visit(413, 'POST /tasks', { headers: client, body: newTask({ a: 'x'.repeat(1_100_000) }) });
  await visit(415, 'POST /tasks', { headers: { ...client, ...GZIP }, body });
}

/** Reads the list and all parts of a task. */
async function visitReads({ visit }: Walk, uuid: string): Promise<void> {
  const list = 'GET /tasks?hdp_tasks_page=1&hdp_tasks_per_page=10&hdp_tasks_search=name';
  const parts = PARTS.map((part) => `GET /tasks/${uuid}/${part}`);
  for (const line of [list, 'GET /figures?interval=day&buckets=2', ...parts]) {
    const response = await visit(200, line);
    await visit(304, line, { headers: { 'If-None-Match': etagOf(response) } });
    await visit(412, line, { headers: { 'If-Match': '"other"' } });
  }
  await visit(200, 'HEAD /tasks');
  await visit(400, 'GET /tasks?hdp_tasks_page=0');
  await visit(400, 'GET /figures?buckets=401');
  for (const part of PARTS) {
    await visit(400, `GET /tasks/%zz/${part}`);
    await visit(404, `GET ${UNKNOWN}/${part}`);
  }
}

/** Sends transitions that are rejected. The task stays Received. */
async function visitTransitions({ visit, client, processor }: Walk, uuid: string): Promise<void> {
  const line = `POST /tasks/${uuid}/transitions`;
  const body = transitionTo('DryRunStarted');
  const tooLarge = transitionTo('DryRunFailed', { error_message: 'x'.repeat(1_100_000) });
  await visit(400, line, { headers: processor, body: transitionTo('Received') });
  await visit(401, line, { body });
  await visit(403, line, { headers: client, body });
  await visit(404, `POST ${UNKNOWN}/transitions`, { headers: processor, body });
  await visit(409, line, { headers: processor, body: transitionTo('TraceGenStarted') });
  await visit(413, line, { headers: processor, body: tooLarge });
  await visit(415, line, { headers: { ...processor, ...GZIP }, body });
}

/** Lets a Received task fail and retries it. */
async function visitRetry({ visit, client, processor }: Walk, uuid: string): Promise<void> {
  const line = `POST /tasks/${uuid}/retry`;
  await visit(400, line, { headers: client });
  for (const body of [transitionTo('DryRunStarted'), transitionTo('DryRunFailed', { error_message: 'no' })]) {
    await visit(200, `POST /tasks/${uuid}/transitions`, { headers: processor, body });
  }
  await visit(200, line, { headers: client });
  await visit(401, line);
  await visit(403, line, { headers: processor });
  await visit(404, `POST ${UNKNOWN}/retry`, { headers: client });
  await visit(415, line, { headers: { ...client, ...GZIP }, body: 'x' });
}

/** Sends one request to each operation except the health check. Every response has the same status. */
export async function visitAllHdp(status: number, visit: Visitor): Promise<void> {
  const task = `/tasks/${ulid(1)}`;
  const headers = { 'X-API-KEY': 'a key' };
  await visit(status, 'GET /tasks');
  await visit(status, 'GET /figures');
  await visit(status, 'POST /tasks', { headers, body: newTask() });
  for (const part of PARTS) await visit(status, `GET ${task}/${part}`);
  await visit(status, `POST ${task}/transitions`, { headers, body: transitionTo('DryRunStarted') });
  await visit(status, `POST ${task}/retry`, { headers });
}
