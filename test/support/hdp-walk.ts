/** Requests that receive every response of the HDP API that its document describes. */
import { asKey } from './gateway.ts';
import type { ListeningGateway } from './listening-gateway.ts';
import { holdCreation } from './services-walk.ts';
import { ulid } from './tasks.ts';
import type { Visitor } from './visitor.ts';

const PARTS = ['status', 'details', 'state_transitions', 'mmrs', 'output_preimage'];

/** Reports that lead a task to its end, with every member that a report can have. */
const REPORTS = [
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

const newTask = (changes = {}) => JSON.stringify({ destination_chain_id: '0xaa36a7', input: {}, ...changes });
const report = (to_status: string, changes = {}) => JSON.stringify({ to_status, ...changes });

/** Visits every documented status except 500 and 503. */
export async function walkHdp({ store }: ListeningGateway, visit: Visitor): Promise<void> {
  const client = await asKey(store, 'client');
  const processor = await asKey(store, 'processor');
  const gzip = { 'Content-Encoding': 'gzip' };
  const create = async (changes = {}) => {
    const { text } = await visit(200, 'POST /tasks', { headers: client, body: newTask(changes) });
    const { uuid }: { uuid: string } = JSON.parse(text);
    return uuid;
  };
  const conditional = async (line: string) => {
    const { headers } = await visit(200, line);
    await visit(304, line, { headers: { 'If-None-Match': headers.get('etag') ?? '' } });
    await visit(412, line, { headers: { 'If-Match': '"other"' } });
  };

  await visit(200, 'GET /is-alive');
  const finished = await create({ webhook_url: 'https://example.com/hook', is_mock: true });
  for (const changes of REPORTS) {
    await visit(200, `POST /tasks/${finished}/transitions`, {
      headers: processor,
      body: JSON.stringify(changes),
    });
  }
  await conditional('GET /tasks?hdp_tasks_page=1&hdp_tasks_per_page=10&hdp_tasks_search=name');
  await visit(200, 'HEAD /tasks');
  await visit(400, 'GET /tasks?hdp_tasks_page=0');
  for (const part of PARTS) {
    await conditional(`GET /tasks/${finished}/${part}`);
    await visit(400, `GET /tasks/%zz/${part}`);
    await visit(404, `GET /tasks/${ulid(9)}/${part}`);
  }

  const body = newTask();
  const idempotent = { ...client, 'Idempotency-Key': 'once' };
  const release = holdCreation(store.hdpTaskLifecycle);
  const first = visit(200, 'POST /tasks', { headers: idempotent, body });
  await release.reached;
  await visit(409, 'POST /tasks', { headers: idempotent, body });
  release.open();
  await first;
  await visit(200, 'POST /tasks', { headers: idempotent, body });
  await visit(422, 'POST /tasks', { headers: idempotent, body: newTask({ program_name: 'other' }) });
  await visit(400, 'POST /tasks', { headers: client, body: '{}' });
  await visit(401, 'POST /tasks', { body });
  await visit(403, 'POST /tasks', { headers: processor, body });
  await visit(413, 'POST /tasks', { headers: client, body: newTask({ a: 'x'.repeat(1_100_000) }) });
  await visit(415, 'POST /tasks', { headers: { ...client, ...gzip }, body });

  const failed = await create();
  const transitions = `POST /tasks/${failed}/transitions`;
  const started = report('DryRunStarted');
  await visit(400, transitions, { headers: processor, body: report('Received') });
  await visit(401, transitions, { body: started });
  await visit(403, transitions, { headers: client, body: started });
  await visit(404, `POST /tasks/${ulid(9)}/transitions`, { headers: processor, body: started });
  await visit(409, transitions, { headers: processor, body: report('TraceGenStarted') });
  await visit(413, transitions, {
    headers: processor,
    body: report('DryRunFailed', { error_message: 'x'.repeat(1_100_000) }),
  });
  await visit(415, transitions, { headers: { ...processor, ...gzip }, body: started });

  const retry = `POST /tasks/${failed}/retry`;
  await visit(400, retry, { headers: client });
  await visit(200, transitions, { headers: processor, body: started });
  await visit(200, transitions, {
    headers: processor,
    body: report('DryRunFailed', { error_message: 'no' }),
  });
  await visit(200, retry, { headers: client });
  await visit(401, retry);
  await visit(403, retry, { headers: processor });
  await visit(404, `POST /tasks/${ulid(9)}/retry`, { headers: client });
  await visit(415, retry, { headers: { ...client, ...gzip }, body: 'x' });
}

/** Sends one request to each operation except the health check. Every response has the same status. */
export async function visitAllHdp(status: number, visit: Visitor): Promise<void> {
  const task = `/tasks/${ulid(1)}`;
  const headers = { 'X-API-KEY': 'a key' };
  await visit(status, 'GET /tasks');
  await visit(status, 'POST /tasks', { headers, body: newTask() });
  for (const part of PARTS) await visit(status, `GET ${task}/${part}`);
  await visit(status, `POST ${task}/transitions`, { headers, body: report('DryRunStarted') });
  await visit(status, `POST ${task}/retry`, { headers });
}
