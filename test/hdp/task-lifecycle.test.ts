import { describe, expect } from 'vitest';
import { z } from 'zod';
import { HDP_STATUSES } from '../../src/db/model/statuses.ts';
import { requestJson } from '../support/json-request.ts';
import { it, type Sandbox } from '../support/process.ts';
import { openRawConnection } from '../support/raw-connection.ts';

const HOST = 'hdp.localhost';
/** With RUN_TASKS=no, no process sends the webhooks, so they stay in the outbox. */
const ENV = { RUN_TASKS: 'no' };

const mmr = { id: '7', root: '0x5', size: 12, chain_id: '0xaa36a7', hashing_function: 'poseidon' };
/** The transitions of a task that completes. */
const TRANSITIONS = [
  { to_status: 'DryRunStarted' },
  {
    to_status: 'DryRunCompleted',
    task_inputs: { block: 7 },
    data_source_chains: ['0xaa36a7'],
    data_destination_chain: '0xaa36a7',
    hdp_core_program_hash: '0x1',
    program_hash: '0x2',
    program_name: 'lifecycle_vault',
    task_hash: '0x3',
  },
  { to_status: 'ChainProofsFetchStarted' },
  { to_status: 'ChainProofsFetchCompleted', mmrs: [mmr] },
  { to_status: 'TraceGenStarted' },
  { to_status: 'TraceGenCompleted', output_tree_root: '0x4', output_preimage: ['0x6', '0x7'] },
  { to_status: 'AtlanticProvingStarted' },
  { to_status: 'AtlanticProvingCompleted' },
  { to_status: 'TaskDecommitmentStarted' },
  { to_status: 'TaskDecommitmentCompleted', transaction_hash: '0x8' },
];

async function createKey(sandbox: Sandbox, role: string) {
  const { stdout } = await sandbox.taskgate(['keys', 'create', '--role', role]);
  return { 'X-API-KEY': stdout.trimEnd() };
}

const createdTask = z.object({ uuid: z.string() });
const time = expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{3}(\d{3})?)?Z$/);

describe('the lifecycle of an HDP task on a running server', () => {
  it('reaches TaskDecommitmentCompleted and puts a webhook into the outbox', async ({ sandbox }) => {
    const { port } = await sandbox.serve([], ENV);
    const get = async (path: string) => (await requestJson(port, HOST, path)).body;
    const client = await createKey(sandbox, 'client');
    const processor = await createKey(sandbox, 'processor');
    expect(await get('/is-alive')).toMatchObject({ status: 'healthy' });

    const response = await requestJson(port, HOST, '/tasks', {
      method: 'POST',
      headers: client,
      requestBody: {
        destination_chain_id: '0xaa36a7',
        input: { a: 1 },
        webhook_url: 'https://hooks.example/hdp',
      },
    });
    const { uuid } = createdTask.parse(response.body);
    const search = '/tasks?hdp_tasks_search=LIFECYCLE';
    expect(await get(search)).toMatchObject({ pagination: { total: 0 } });

    for (const requestBody of TRANSITIONS) {
      const response = await requestJson(port, HOST, `/tasks/${uuid}/transitions`, {
        method: 'POST',
        headers: processor,
        requestBody,
      });
      expect(response).toMatchObject({
        status: 200,
        body: { task_id: uuid, to_status: requestBody.to_status },
      });
      expect(await get(`/tasks/${uuid}/status`)).toEqual({
        taskId: uuid,
        status: requestBody.to_status,
        errorMessage: null,
        updatedAt: time,
      });
      // The response cache has the list by now; it must not be stale.
      expect(await get('/tasks')).toMatchObject({ tasks: [{ uuid, status: requestBody.to_status }] });
    }

    expect(await get(search)).toMatchObject({ tasks: [{ uuid, programName: 'lifecycle_vault' }] });
    expect(await get(`/tasks/${uuid}/details`)).toEqual({
      taskId: uuid,
      status: 'TaskDecommitmentCompleted',
      destinationChainId: '0xaa36a7',
      scheduleMode: null,
      scheduleTxHash: null,
      dataSourceChains: ['0xaa36a7'],
      dataDestinationChain: '0xaa36a7',
      hdpCoreProgramHash: '0x1',
      taskHash: '0x3',
      programHash: '0x2',
      programName: 'lifecycle_vault',
      outputTreeRoot: '0x4',
      outputTreeRootPreimage: ['0x6', '0x7'],
      taskInputs: { block: 7 },
      mmrs: [mmr],
      createdAt: time,
      updatedAt: time,
      webhook: {
        state: 'pending',
        id: expect.any(String),
        attempts: 0,
        nextAttemptAt: time,
        deliveredAt: null,
        error: null,
      },
    });
    expect(await get(`/tasks/${uuid}/mmrs`)).toEqual({ taskId: uuid, mmrs: [mmr] });
    expect(await get(`/tasks/${uuid}/output_preimage`)).toEqual({
      taskId: uuid,
      outputPreimage: ['0x6', '0x7'],
    });
    const statuses = ['Received', ...TRANSITIONS.map(({ to_status }) => to_status)];
    expect(await get(`/tasks/${uuid}/state_transitions`)).toMatchObject({
      state_transitions: statuses.map((to_status, n) => ({
        from_status: statuses[n - 1] ?? null,
        to_status,
      })),
    });
    expect(await readOutbox(sandbox)).toEqual([
      {
        url: 'https://hooks.example/hdp',
        attempts: 0,
        // 0 if the server has begun the first attempt already.
        due_at_once: expect.toBeOneOf([0, 1]),
        key_role: 'client',
        body: {
          status: 'TaskDecommitmentCompleted',
          task_id: uuid,
          timestamp: time,
          transaction_hash: '0x8',
        },
      },
    ]);
  });

  it('fails with an error message, can be retried, and sends a webhook for each end', async ({ sandbox }) => {
    const { port } = await sandbox.serve([], ENV);
    const client = await createKey(sandbox, 'client');
    const processor = await createKey(sandbox, 'processor');
    const post = (path: string, headers: Record<string, string>, requestBody?: unknown) =>
      requestJson(port, HOST, path, { method: 'POST', headers, requestBody });
    const send = { destination_chain_id: 1, input: {}, webhook_url: 'http://hooks.example' };
    const { uuid } = createdTask.parse((await post('/tasks', client, send)).body);
    const report = (to_status: string, rest = {}) =>
      post(`/tasks/${uuid}/transitions`, processor, { to_status, ...rest });
    const getStatus = async () => (await requestJson(port, HOST, `/tasks/${uuid}/status`)).body;

    await report('DryRunStarted');
    await report('DryRunFailed', { error_message: 'no "such" chain' });
    expect(await getStatus()).toMatchObject({ status: 'DryRunFailed', errorMessage: 'no "such" chain' });
    expect((await post(`/tasks/${uuid}/retry`, client)).status).toBe(200);
    expect((await post(`/tasks/${uuid}/retry`, client)).status).toBe(400);
    expect(await getStatus()).toMatchObject({ status: 'Received', errorMessage: null });
    for (const transition of TRANSITIONS) await post(`/tasks/${uuid}/transitions`, processor, transition);
    expect((await readOutbox(sandbox)).map(({ body }) => body)).toEqual([
      { status: 'DryRunFailed', task_id: uuid, timestamp: time, error: 'no "such" chain' },
      { status: 'TaskDecommitmentCompleted', task_id: uuid, timestamp: time, transaction_hash: '0x8' },
    ]);
  });

  it('makes each transition once when several processes receive it at the same time', async ({ sandbox }) => {
    const servers = [
      await sandbox.serve([], ENV),
      await sandbox.serve([], ENV),
      await sandbox.serve([], ENV),
    ];
    const client = await createKey(sandbox, 'client');
    const processor = await createKey(sandbox, 'processor');
    const createAndComplete = async (n: number) => {
      const response = await requestJson(servers[n % 3]?.port ?? 0, HOST, '/tasks', {
        method: 'POST',
        headers: client,
        requestBody: { destination_chain_id: 1, input: {}, webhook_url: 'https://hooks.example/' },
      });
      const { uuid } = createdTask.parse(response.body);
      for (const requestBody of TRANSITIONS) {
        const responses = await Promise.all(
          servers.map(({ port }) =>
            requestJson(port, HOST, `/tasks/${uuid}/transitions`, {
              method: 'POST',
              headers: processor,
              requestBody,
            }),
          ),
        );
        expect(responses[0]?.status, JSON.stringify(responses)).toBe(200);
        for (const response of responses) expect(response).toEqual(responses[0]);
      }
      const { body } = await requestJson(servers[0]?.port ?? 0, HOST, `/tasks/${uuid}/state_transitions`);
      expect(body).toMatchObject({
        state_transitions: HDP_STATUSES.filter((status) => !status.endsWith('Failed')).map((to_status) => ({
          to_status,
        })),
      });
    };
    await Promise.all(Array.from({ length: 9 }, (_, n) => createAndComplete(n)));
    expect(await readOutbox(sandbox)).toHaveLength(9);
    for (const { port } of servers) {
      const list = await requestJson(port, HOST, '/tasks?hdp_tasks_search=lifecycle');
      expect(list.body).toMatchObject({ pagination: { total: 9 } });
    }
    expect((await sandbox.taskgate(['check'])).code).toBe(0);
  }, 60_000);
});

const outboxRow = z.object({
  url: z.string(),
  attempts: z.int(),
  /** 1 if the webhook is due as soon as it is stored. */
  due_at_once: z.int(),
  key_role: z.string(),
  body: z.string().transform((text): unknown => JSON.parse(text)),
});

/** Reads the webhooks in the outbox, oldest first. */
async function readOutbox({ databaseUrl }: Sandbox) {
  const connection = await openRawConnection(databaseUrl);
  const rows = await connection.rows(
    `SELECT url, attempts, CASE WHEN due_at = hdp_webhooks.created_at THEN 1 ELSE 0 END AS due_at_once,
       role AS key_role, body
     FROM hdp_webhooks JOIN api_keys ON api_keys.id = key_id ORDER BY hdp_webhooks.id`,
  );
  await connection.close();
  return z.array(outboxRow).parse(rows);
}
