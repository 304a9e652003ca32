/** The longest accepted texts, in the characters that take the most bytes. Limits count code points, as the documents do. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { addHdpTasks, asChain, asKey, createTestGateway, type Gateway } from '../support/gateway.ts';
import { anHdpTask, aServicesTask, ulid } from '../support/tasks.ts';

const between = (first: number, last: number) =>
  fc.integer({ min: first, max: last }).map((code) => String.fromCodePoint(code));

/** Random, because an index compresses texts that repeat themselves. */
const ALPHABETS = {
  ASCII: between(0x20, 0x7e),
  CJK: between(0x4e00, 0x9fff),
  astral: between(0x20000, 0x2a6d0),
  control: between(0x01, 0x1f),
  escaped: fc.constantFrom('\0', '\u{10FFFF}', '\u{10FFFD}', '\u{10FFFC}'),
  NUL: fc.constant('\0'),
} satisfies Record<string, fc.Arbitrary<string>>;

/** Returns different texts of the alphabet, of a number of characters. */
function textsOf(alphabet: keyof typeof ALPHABETS) {
  let seed = 0;
  return (length: number): string => {
    seed += 1;
    return fc.sample(ALPHABETS[alphabet], { seed, numRuns: length }).join('');
  };
}

async function post({ app }: Gateway, url: string, headers: Record<string, string>, body: object) {
  const response = await app.request(url, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json', ...headers },
    body: JSON.stringify(body),
  });
  return { status: response.status, body: await response.json() };
}

async function get({ app }: Gateway, url: string, headers: Record<string, string>) {
  const response = await app.request(url, { headers });
  return { status: response.status, body: await response.json() };
}

async function expectVerified({ store }: Gateway): Promise<void> {
  while ((await store.index(1000)) > 0);
  expect(await store.verify()).toEqual([]);
  await store.close();
}

describe.each(Object.keys(ALPHABETS) as (keyof typeof ALPHABETS)[])('the longest %s texts', (alphabet) => {
  it('of a Services task are stored and listed', async () => {
    const text = textsOf(alphabet);
    const gateway = await createTestGateway();
    const headers = await asChain(gateway.store, 1764);
    const { trigger } = aServicesTask();
    const task = {
      ...{ chain: 1764, desc: text(10_000), debug: text(10_000), trigger },
      target: { action: text(200), campaign_id: Number.MAX_SAFE_INTEGER, other: text(10_000) },
    };
    const created = await post(gateway, 'http://services.test/tasks', headers, task);
    expect(created).toMatchObject({ status: 201, body: task });
    const query = new URLSearchParams({ action: task.target.action, status: 'READY' });
    const listed = await get(gateway, `http://services.test/tasks?${query}`, headers);
    expect(listed).toMatchObject({ status: 200, body: [task] });
    await expectVerified(gateway);
  });

  it('of an HDP task are stored and listed', async () => {
    const text = textsOf(alphabet);
    const gateway = await createTestGateway();
    const headers = await asKey(gateway.store, 'client');
    const processor = await asKey(gateway.store, 'processor');
    const task = {
      ...{ destination_chain_id: `0x${'f'.repeat(64)}`, input: { text: text(10_000) } },
      ...{ program_hash: text(1000), program_name: text(1000), contract_class_hash: text(1000) },
      ...{ schedule_mode: 'onchain', schedule_tx_hash: text(1000), task_inputs: { text: text(10_000) } },
      webhook_url: `https://hooks.example/${'x'.repeat(1978)}`,
    };
    const created = await post(gateway, 'http://hdp.test/tasks', headers, task);
    expect(created.status).toBe(200);
    const { uuid } = created.body as { uuid: string };
    const longest = {
      ...{ task_inputs: { text: text(10_000) }, data_source_chains: [text(1000), text(1000)] },
      ...{ data_destination_chain: text(1000), hdp_core_program_hash: text(1000), task_hash: text(1000) },
      ...{ program_hash: text(1000), program_name: text(1000), contract_class_hash: text(1000) },
    };
    const mmr = {
      id: text(1000),
      root: text(1000),
      size: 1,
      chain_id: text(1000),
      hashing_function: 'keccak',
    };
    const transitions = [
      { to_status: 'DryRunStarted' },
      { to_status: 'DryRunCompleted', ...longest },
      { to_status: 'ChainProofsFetchStarted' },
      { to_status: 'ChainProofsFetchCompleted', mmrs: [mmr] },
      { to_status: 'TraceGenStarted' },
      { to_status: 'TraceGenFailed', error_message: text(10_000) },
    ];
    for (const transition of transitions) {
      const { status } = await post(
        gateway,
        `http://hdp.test/tasks/${uuid}/transitions`,
        processor,
        transition,
      );
      expect({ transition: transition.to_status, status }).toMatchObject({ status: 200 });
    }
    const term = [...longest.program_name].slice(200, 400).join('');
    const query = new URLSearchParams({ hdp_tasks_search: term });
    const listed = await get(gateway, `http://hdp.test/tasks?${query}`, headers);
    const { program_hash: programHash, program_name: programName, task_hash: taskHash } = longest;
    expect(listed).toMatchObject({
      status: 200,
      body: { tasks: [{ uuid, programHash, programName, taskHash }] },
    });
    await expectVerified(gateway);
  });

  it('of an imported HDP task, which have no limit, are stored once per program', async () => {
    const text = textsOf(alphabet);
    const gateway = await createTestGateway();
    const program = { programHash: text(30_000), programName: text(30_000) };
    const tasks = [1, 2, 3].map((n) => anHdpTask({ uuid: ulid(n), ...program }));
    await addHdpTasks(gateway.store, ...tasks.slice(0, 2));
    await addHdpTasks(gateway.store, ...tasks);
    const { rows, total } = await gateway.store.hdpTasks.list('', { limit: 10, offset: 0 });
    expect(total).toBe(3);
    for (const row of rows) expect(row).toMatchObject(program);
    await expectVerified(gateway);
  });
});
