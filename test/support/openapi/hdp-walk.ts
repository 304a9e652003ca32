/** A walk through the HDP API that shows every operation and every response of its OpenAPI document. */
import { hdpDocument } from '../../../src/hdp/openapi.ts';
import { makeAttempt } from '../../../src/webhooks/attempt.ts';
import { addHdpTasks, asKey, createTestGateway, type Gateway, NOW } from '../gateway.ts';
import { anHdpTask, ulid } from '../tasks.ts';
import { recordFaults } from './faults.ts';
import { createRecorder, type OperationRequest, type Recorder } from './recorder.ts';

const hash = (digit: string) => `0x${digit.repeat(64)}`;

const NEW_TASK = {
  destination_chain_id: '0xaa36a7',
  input: { module: 'vault', block: 5_858_987 },
  webhook_url: 'https://hooks.example.com/hdp',
  program_hash: hash('d'),
  program_name: 'my_module',
  schedule_mode: 'onchain',
  schedule_tx_hash: hash('a'),
  task_inputs: { module: 'vault', block: 5_858_987 },
  is_mock: false,
};
const DRY_RUN = {
  to_status: 'DryRunCompleted',
  task_inputs: NEW_TASK.task_inputs,
  data_source_chains: ['0xaa36a7', '0xaa37dc'],
  data_destination_chain: '0xaa36a7',
  hdp_core_program_hash: hash('5'),
  contract_class_hash: hash('1'),
  task_hash: hash('9'),
};
const REPORTS = [
  { to_status: 'ChainProofsFetchStarted' },
  {
    to_status: 'ChainProofsFetchCompleted',
    mmrs: [
      { id: '23', root: hash('7'), size: 13_024_091, chain_id: '0xaa36a7', hashing_function: 'poseidon' },
    ],
  },
  { to_status: 'TraceGenStarted' },
  { to_status: 'TraceGenCompleted', output_tree_root: hash('2'), output_preimage: ['0x1', '0x2a'] },
  { to_status: 'AtlanticProvingStarted' },
  { to_status: 'AtlanticProvingCompleted' },
  { to_status: 'TaskDecommitmentStarted' },
  { to_status: 'TaskDecommitmentCompleted', transaction_hash: hash('b') },
];
const FAILED = anHdpTask({ uuid: ulid(7), status: 'DryRunFailed', programName: 'old_module' });
const UNKNOWN = ulid(99);
const ETAG = '"Zs4JvQZ6hJ3Ks0v1yE0yQ2mXk5c"';

async function addCredentials({ store }: Gateway) {
  return { client: await asKey(store, 'client'), processor: await asKey(store, 'processor') };
}

/** Returns the examples of all operations and of the webhook. */
export async function walkHdp() {
  const time = { now: NOW };
  let ids = 1000;
  const nextUlid = () => {
    ids += 1;
    return ulid(ids);
  };
  const options = { now: () => time.now, newUlid: nextUlid };
  const gateway = await createTestGateway(options);
  const { client, processor } = await addCredentials(gateway);
  const { app, store } = gateway;
  await addHdpTasks(store, FAILED);
  const recorder = createRecorder(hdpDocument, 'hdp.test');
  const conditions = { 'If-None-Match': ETAG, 'If-Match': '*' };

  const createTask = {
    headers: client,
    parameters: { 'Idempotency-Key': 'vault-5858987' },
    body: NEW_TASK,
  };
  await recorder.record(app, 'createTask', 200, createTask);
  const uuid = ulid(1001);
  const report = (body: object): OperationRequest => ({ headers: processor, parameters: { uuid }, body });
  time.now += 1000;
  await recorder.send(app, 'reportTransition', report({ to_status: 'DryRunStarted' }));
  time.now += 4250;
  await recorder.record(app, 'reportTransition', 200, report(DRY_RUN));
  for (const body of REPORTS) {
    time.now += 1500;
    await recorder.send(app, 'reportTransition', report(body));
  }
  await recordWebhook(recorder, gateway, time.now);
  const search = { hdp_tasks_page: 1, hdp_tasks_per_page: 10, hdp_tasks_search: 'my_module' };
  const ofTask = { parameters: { uuid } };
  const getFigures = { parameters: { interval: 'day', buckets: 3 } };
  await recorder.record(app, 'listTasks', 200, { parameters: { ...search, ...conditions } });
  await recorder.record(app, 'getFigures', 200, { parameters: { ...getFigures.parameters, ...conditions } });
  for (const id of READS) await recorder.record(app, id, 200, { parameters: { uuid, ...conditions } });
  const retryTask = { headers: client, parameters: { uuid: FAILED.uuid } };
  await recorder.record(app, 'retryTask', 200, retryTask);
  await recorder.record(app, 'isAlive', 200);
  const accept = { headers: { Accept: 'application/json' } };
  await recorder.record(app, 'getIndex', 200, { ...accept, parameters: conditions });
  await recorder.record(app, 'getOpenApiDocument', 200, { parameters: conditions });

  const repeated = { ...createTask, parameters: { 'Idempotency-Key': 'sent-twice-at-once' } };
  const first = recorder.send(app, 'createTask', repeated);
  await recorder.record(app, 'createTask', 409, repeated);
  await first;
  const reads = Object.fromEntries(READS.map((id) => [id, ofTask]));
  const unknown = { 404: { parameters: { uuid: UNKNOWN } } };
  await recordFaults(recorder, gateway, {
    gateway: options,
    addCredentials,
    requests: {
      createTask,
      listTasks: { parameters: search },
      getFigures,
      ...reads,
      reportTransition: report(DRY_RUN),
      retryTask,
      getIndex: accept,
    },
    specific: {
      ...Object.fromEntries(READS.map((id) => [id, unknown])),
      listTasks: { 400: { parameters: { hdp_tasks_per_page: 1000 } } },
      getFigures: { 400: { parameters: { interval: 'week' } } },
      createTask: {
        400: { headers: client, body: { input: {} } },
        403: { ...createTask, headers: processor },
        422: { ...createTask, body: { ...NEW_TASK, is_mock: true } },
      },
      reportTransition: {
        400: report({ to_status: 'Done' }),
        403: { ...report(DRY_RUN), headers: client },
        404: { ...report(DRY_RUN), parameters: { uuid: UNKNOWN } },
        409: report({ to_status: 'DryRunFailed', error_message: 'The module is unknown.' }),
      },
      retryTask: {
        400: { headers: client, parameters: { uuid } },
        403: { ...retryTask, headers: processor },
        404: { headers: client, parameters: { uuid: UNKNOWN } },
      },
    },
  });
  return recorder.examples;
}

const READS = [
  'getTaskStatus',
  'getTaskDetails',
  'getTaskTransitions',
  'getTaskMmrs',
  'getTaskOutputPreimage',
];

/** Sends the webhook about the end of the task, and records its headers and body. */
async function recordWebhook({ examples }: Recorder, { store }: Gateway, now: number): Promise<void> {
  const [due] = await store.hdpWebhooks.listDue(undefined, 1);
  const attempt = due && (await store.hdpWebhooks.claim(due, 60_000));
  if (!attempt) throw new Error('There is no webhook.');
  await makeAttempt(attempt, new AbortController().signal, {
    now: () => now,
    random: () => 0,
    post: async ({ headers, body }) => {
      examples.taskEnded = { parameters: headers, body: JSON.parse(body), responses: {} };
      return { status: 204, retryAfter: undefined };
    },
  });
  await store.hdpWebhooks.markDelivered(attempt.id, now);
}
