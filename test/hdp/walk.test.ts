import Database from 'better-sqlite3';
import { describe, expect } from 'vitest';
import { z } from 'zod';
import { HDP_STATUSES } from '../../src/db/model/statuses.ts';
import { requestJson } from '../support/json-request.ts';
import { it, type Sandbox } from '../support/process.ts';

const HOST = 'hdp.localhost';
/** Nobody sends the webhooks, so that they can be looked at. */
const ENV = { RUN_TASKS: 'no' };

const mmr = { id: '7', root: '0x5', size: 12, chain_id: '0xaa36a7', hashing_function: 'poseidon' };
const REPORTS = [
  { to_status: 'DryRunStarted' },
  {
    to_status: 'DryRunCompleted',
    task_inputs: { block: 7 },
    data_source_chains: ['0xaa36a7'],
    data_destination_chain: '0xaa36a7',
    hdp_core_program_hash: '0x1',
    program_hash: '0x2',
    program_name: 'walked_vault',
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

async function newKey(sandbox: Sandbox, role: string) {
  const { stdout } = await sandbox.taskgate(['keys', 'create', '--role', role]);
  return { 'X-API-KEY': stdout.trimEnd() };
}

const accepted = z.object({ uuid: z.string() });
const time = expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{3}(\d{3})?)?Z$/);

describe('a task of the HDP API, over sockets', () => {
  it('is made, followed to its end and found in the outbox', async ({ sandbox }) => {
    const { port } = await sandbox.serve([], ENV);
    const get = async (path: string) => (await requestJson(port, HOST, path)).body;
    const client = await newKey(sandbox, 'client');
    const processor = await newKey(sandbox, 'processor');
    expect(await get('/is-alive')).toMatchObject({ status: 'healthy' });

    const made = await requestJson(port, HOST, '/tasks', {
      method: 'POST',
      headers: client,
      requestBody: {
        destination_chain_id: '0xaa36a7',
        input: { a: 1 },
        webhook_url: 'https://hooks.example/hdp',
      },
    });
    const { uuid } = accepted.parse(made.body);
    const search = '/tasks?hdp_tasks_search=WALKED';
    expect(await get(search)).toMatchObject({ pagination: { total: 0 } });

    for (const requestBody of REPORTS) {
      const said = await requestJson(port, HOST, `/tasks/${uuid}/transitions`, {
        method: 'POST',
        headers: processor,
        requestBody,
      });
      expect(said).toMatchObject({ status: 200, body: { task_id: uuid, to_status: requestBody.to_status } });
      expect(await get(`/tasks/${uuid}/status`)).toEqual({
        taskId: uuid,
        status: requestBody.to_status,
        errorMessage: null,
        updatedAt: time,
      });
      // The list is a kept answer by now, and never a stale one.
      expect(await get('/tasks')).toMatchObject({ tasks: [{ uuid, status: requestBody.to_status }] });
    }

    expect(await get(search)).toMatchObject({ tasks: [{ uuid, programName: 'walked_vault' }] });
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
      programName: 'walked_vault',
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
    const path = ['Received', ...REPORTS.map(({ to_status }) => to_status)];
    expect(await get(`/tasks/${uuid}/state_transitions`)).toMatchObject({
      state_transitions: path.map((to_status, n) => ({ from_status: path[n - 1] ?? null, to_status })),
    });
    expect(outbox(sandbox)).toEqual([
      {
        url: 'https://hooks.example/hdp',
        attempts: 0,
        due: 1,
        key: 'client',
        body: {
          status: 'TaskDecommitmentCompleted',
          task_id: uuid,
          timestamp: time,
          transaction_hash: '0x8',
        },
      },
    ]);
  });

  it('that fails says why, can be retried, and tells of both ends', async ({ sandbox }) => {
    const { port } = await sandbox.serve([], ENV);
    const client = await newKey(sandbox, 'client');
    const processor = await newKey(sandbox, 'processor');
    const post = (path: string, headers: Record<string, string>, requestBody?: unknown) =>
      requestJson(port, HOST, path, { method: 'POST', headers, requestBody });
    const requestBody = { destination_chain_id: 1, input: {}, webhook_url: 'http://hooks.example' };
    const { uuid } = accepted.parse((await post('/tasks', client, requestBody)).body);
    const report = (to_status: string, rest = {}) =>
      post(`/tasks/${uuid}/transitions`, processor, { to_status, ...rest });
    const status = async () => (await requestJson(port, HOST, `/tasks/${uuid}/status`)).body;

    await report('DryRunStarted');
    await report('DryRunFailed', { error_message: 'no "such" chain' });
    expect(await status()).toMatchObject({ status: 'DryRunFailed', errorMessage: 'no "such" chain' });
    expect((await post(`/tasks/${uuid}/retry`, client)).status).toBe(200);
    expect((await post(`/tasks/${uuid}/retry`, client)).status).toBe(400);
    expect(await status()).toMatchObject({ status: 'Received', errorMessage: null });
    for (const each of REPORTS) await post(`/tasks/${uuid}/transitions`, processor, each);
    expect(outbox(sandbox).map(({ body }) => body)).toEqual([
      { status: 'DryRunFailed', task_id: uuid, timestamp: time, error: 'no "such" chain' },
      { status: 'TaskDecommitmentCompleted', task_id: uuid, timestamp: time, transaction_hash: '0x8' },
    ]);
  });

  it('moves once, however many processes take the same reports at once', async ({ sandbox }) => {
    const servers = [
      await sandbox.serve([], ENV),
      await sandbox.serve([], ENV),
      await sandbox.serve([], ENV),
    ];
    const client = await newKey(sandbox, 'client');
    const processor = await newKey(sandbox, 'processor');
    const makeAndDrive = async (turn: number) => {
      const made = await requestJson(servers[turn % 3]?.port ?? 0, HOST, '/tasks', {
        method: 'POST',
        headers: client,
        requestBody: { destination_chain_id: 1, input: {}, webhook_url: 'https://hooks.example/' },
      });
      const { uuid } = accepted.parse(made.body);
      for (const requestBody of REPORTS) {
        const answers = await Promise.all(
          servers.map(({ port }) =>
            requestJson(port, HOST, `/tasks/${uuid}/transitions`, {
              method: 'POST',
              headers: processor,
              requestBody,
            }),
          ),
        );
        expect(answers[0]?.status, JSON.stringify(answers)).toBe(200);
        for (const answer of answers) expect(answer).toEqual(answers[0]);
      }
      const { body } = await requestJson(servers[0]?.port ?? 0, HOST, `/tasks/${uuid}/state_transitions`);
      expect(body).toMatchObject({
        state_transitions: HDP_STATUSES.filter((status) => !status.endsWith('Failed')).map((to_status) => ({
          to_status,
        })),
      });
    };
    await Promise.all(Array.from({ length: 9 }, (_, turn) => makeAndDrive(turn)));
    expect(outbox(sandbox)).toHaveLength(9);
    for (const { port } of servers) {
      const list = await requestJson(port, HOST, '/tasks?hdp_tasks_search=walked');
      expect(list.body).toMatchObject({ pagination: { total: 9 } });
    }
    expect((await sandbox.taskgate(['check'])).code).toBe(0);
  }, 60_000);
});

const row = z.object({
  url: z.string(),
  attempts: z.int(),
  /** Whether it was due as soon as it was there. */
  due: z.int(),
  key: z.string(),
  body: z.string().transform((text): unknown => JSON.parse(text)),
});

function outbox({ databaseUrl }: Sandbox) {
  const shell = new Database(databaseUrl, { readonly: true });
  const rows = shell
    .prepare(
      `SELECT url, attempts, due_at = hdp_webhooks.created_at AS due, role AS key, body
       FROM hdp_webhooks JOIN api_keys ON api_keys.id = key_id ORDER BY hdp_webhooks.id`,
    )
    .all();
  shell.close();
  return z.array(row).parse(rows);
}
