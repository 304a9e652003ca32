import { monotonicFactory } from 'ulid';
import { describe, expect, it } from 'vitest';
import { openStore } from '../../src/db/open.ts';
import { newTaskRecord } from '../../src/hdp/create-task.ts';
import { newTransition, type TransitionBody } from '../../src/hdp/transition.ts';
import { type Cli, createCli, parseNdjson } from '../support/cli.ts';
import { asKey, expectCreated, NOW } from '../support/gateway.ts';
import { openOutbox } from '../support/outbox.ts';
import { anHdpTask, type HdpWire } from '../support/tasks.ts';

const mmr = { id: '1', root: '0x1', size: 7, chain_id: '0x1', hashing_function: 'keccak' } as const;
const HISTORY: TransitionBody[] = [
  { to_status: 'DryRunStarted' },
  { to_status: 'DryRunCompleted', task_hash: '0x2', task_inputs: { a: 1 } },
  { to_status: 'ChainProofsFetchStarted' },
  { to_status: 'ChainProofsFetchCompleted', mmrs: [mmr, { ...mmr, id: '2' }] },
  { to_status: 'TraceGenStarted' },
  { to_status: 'TraceGenCompleted', output_preimage: ['0x3'] },
  { to_status: 'AtlanticProvingStarted' },
  { to_status: 'AtlanticProvingFailed', error_message: 'The prover refused the trace' },
];

/** A database with two tasks that failed after some stages, each with a webhook that waits to be sent. */
async function open() {
  const cli = await createCli();
  const store = openStore(cli.databaseUrl());
  await store.migrate();
  await asKey(store, 'client');
  const moment = { now: NOW, newUlid: monotonicFactory() };
  const make = async () => {
    const input = {
      destination_chain_id: 1,
      input: {},
      webhook_url: 'http://hooks.example/',
      task_inputs: {},
    };
    const members = new Map([
      ['input', '{"secret":1}'],
      ['task_inputs', '{"b":2}'],
    ]);
    const uuid = expectCreated(
      await store.hdpTaskLifecycle.create(
        newTaskRecord(input, members, 'client-key', () => undefined),
        moment,
      ),
    );
    for (const step of HISTORY) {
      const reported = await store.hdpTaskLifecycle.report(
        uuid,
        newTransition(uuid, step, new Map()),
        moment,
      );
      expect(reported?.outcome).toBe('accepted');
    }
    return uuid;
  };
  const [uuid, other] = [await make(), await make()];
  const historyOf = async (of: string) => {
    const run = await store.hdpTaskLifecycle.find(of);
    return {
      details: run?.details,
      mmrs: run?.mmrs,
      transitions: await store.hdpTaskLifecycle.listTransitions(of),
    };
  };
  const webhooks = async () => {
    const outbox = await openOutbox(cli.databaseUrl());
    const rows = await outbox.rows();
    await outbox.close();
    return rows.map(({ body }) => JSON.parse(body).task_id);
  };
  return { cli, store, moment, uuid, other, historyOf, webhooks };
}

const importOf = (cli: Cli, tasks: readonly (HdpWire | string)[], ...options: string[]) =>
  cli.run(['import', 'hdp', '-', ...options], {
    stdin: tasks.map((task) => (typeof task === 'string' ? task : JSON.stringify(task))).join('\n'),
  });

const NOTHING = { details: undefined, mmrs: [], transitions: [] };

describe('taskgate import hdp --on-conflict replace', () => {
  it('replaces the history, the MMRs, the inputs and the webhooks with the task, and no other task', async () => {
    const { cli, store, uuid, other, historyOf, webhooks } = await open();
    const before = await historyOf(other);
    expect(before.transitions).toHaveLength(HISTORY.length + 1);
    const task = anHdpTask({ uuid, status: 'TraceGenCompleted' });
    const { code, stdout } = await importOf(cli, [task], '--on-conflict', 'replace');
    expect({ code, counts: parseNdjson(stdout) }).toMatchObject({ code: 0, counts: [{ replaced: 1 }] });
    expect(await historyOf(uuid)).toEqual(NOTHING);
    expect(await historyOf(other)).toEqual(before);
    expect(await webhooks()).toEqual([other]);
    expect(await store.verify()).toEqual([]);
    await store.close();
  });

  it('leaves a task that takes only the transitions that follow its new status', async () => {
    const { cli, store, moment, uuid, historyOf, webhooks } = await open();
    const report = async (step: TransitionBody) =>
      (await store.hdpTaskLifecycle.report(uuid, newTransition(uuid, step, new Map()), moment))?.outcome;
    await importOf(cli, [anHdpTask({ uuid, status: 'Received' })], '--on-conflict', 'replace');
    // Of the replaced task each of these would be a repeated report, and accepted.
    for (const step of HISTORY.slice(1)) expect(await report(step), step.to_status).toBe('refused');
    expect(await report({ to_status: 'DryRunStarted' })).toBe('accepted');
    expect(await report({ to_status: 'DryRunFailed', error_message: 'new' })).toBe('accepted');
    const { details, transitions } = await historyOf(uuid);
    expect(details).toMatchObject({ input: '{}', taskInputs: null, outputPreimage: null, webhookUrl: null });
    expect(transitions?.map(({ toStatus }) => toStatus)).toEqual(['DryRunStarted', 'DryRunFailed']);
    expect(await webhooks()).not.toContain(uuid);
    await store.close();
  });

  it('deletes the history of a task that an unchanged line replaces, also when it comes twice', async () => {
    const { cli, store, uuid, historyOf } = await open();
    const lines = (await cli.run(['export', 'hdp'])).stdout.trim().split('\n');
    const { stdout } = await importOf(cli, [...lines, ...lines], '--on-conflict', 'replace');
    expect(parseNdjson(stdout)).toMatchObject([{ read: 4, replaced: 4 }]);
    expect(await historyOf(uuid)).toEqual(NOTHING);
    await store.close();
  });

  it.each([
    ['a bad line undoes the import', ['--on-conflict', 'replace'], '[]', 1],
    ['the task is skipped', ['--on-conflict', 'skip'], undefined, 0],
    ['the task is refused', [], undefined, 1],
  ])('keeps the history when %s', async (_, options, badLine, expected) => {
    const { cli, store, uuid, historyOf, webhooks } = await open();
    const before = await historyOf(uuid);
    const tasks = [anHdpTask({ uuid }), ...(badLine === undefined ? [] : [badLine])];
    expect((await importOf(cli, tasks, ...options)).code).toBe(expected);
    expect(await historyOf(uuid)).toEqual(before);
    expect(await webhooks()).toHaveLength(2);
    await store.close();
  });
});
