/** HDP tasks for tests of the explorer, in the store of a real server. */
import type { Page } from 'playwright-core';
import { expect } from 'vitest';
import { addHdpTasks, asKey } from '../../support/gateway.ts';
import { anHdpTask, type HdpWire, ulid } from '../../support/tasks.ts';
import { withPage } from './browser.ts';
import { openWebServer, type WebServer } from './server.ts';

/** Returns a task by number. A higher number was created later. */
export const taskOf = (n: number, changes: Partial<HdpWire> = {}): HdpWire =>
  anHdpTask({
    uuid: ulid(n),
    createdAt: new Date(Date.parse('2026-06-01T12:00:00Z') + n * 60_000).toISOString().replace('.000', ''),
    ...changes,
  });

/** Imports the tasks with numbers from `first` to `last`. */
export async function addTasks(
  { gateway }: WebServer,
  first: number,
  last: number,
  changes: Partial<HdpWire> = {},
): Promise<void> {
  const numbers = Array.from({ length: last - first + 1 }, (_, index) => first + index);
  await addHdpTasks(gateway.store, ...numbers.map((n) => taskOf(n, changes)));
}

/** Creates tasks and reports their transitions through the API. */
export async function createActor({ gateway }: WebServer) {
  const client = await asKey(gateway.store, 'client');
  const processor = await asKey(gateway.store, 'processor');
  async function post(
    path: string,
    headers: Record<string, string>,
    body: string,
  ): Promise<{ uuid: string }> {
    const response = await gateway.fetch(`http://hdp.localhost${path}`, {
      ...{ method: 'POST', headers: { ...headers, 'content-type': 'application/json' }, body },
    });
    const json = await response.json();
    expect(response.status, JSON.stringify(json)).toBe(200);
    return json;
  }
  const report = (uuid: string, transition: object) =>
    post(`/tasks/${uuid}/transitions`, processor, JSON.stringify(transition));
  return {
    clientKey: client['X-API-KEY'],
    report,
    /** Creates a task and reports transitions. @returns its uuid */
    async create(transitions: readonly object[] = [], body: string = NEW_TASK): Promise<string> {
      const { uuid } = await post('/tasks', client, body);
      for (const transition of transitions) await report(uuid, transition);
      return uuid;
    },
  };
}

/** Returns a function that creates the actor of a server once, for use in tests. */
export function useActor(server: () => WebServer): () => ReturnType<typeof createActor> {
  let created: ReturnType<typeof createActor> | undefined;
  return () => {
    created ??= createActor(server());
    return created;
  };
}

const NEW_TASK = JSON.stringify({ destination_chain_id: '0xaa36a7', input: {} });

/** Transitions from the first stage to the last one. */
export const COMPLETED: readonly object[] = [
  { to_status: 'DryRunStarted' },
  {
    ...{ to_status: 'DryRunCompleted', program_hash: '0x2', program_name: 'vault', task_hash: '0x3' },
    ...{ contract_class_hash: '0x9', hdp_core_program_hash: '0x1', task_inputs: { block: 7 } },
    ...{ data_source_chains: ['0xaa37dc'], data_destination_chain: '0x534e5f5345504f4c4941' },
  },
  { to_status: 'ChainProofsFetchStarted' },
  {
    to_status: 'ChainProofsFetchCompleted',
    mmrs: [{ id: '70', root: '0x5', size: 12345, chain_id: '0x1', hashing_function: 'poseidon' }],
  },
  { to_status: 'TraceGenStarted' },
  { to_status: 'TraceGenCompleted', output_tree_root: '0x4', output_preimage: ['0x6', '0x7'] },
  { to_status: 'AtlanticProvingStarted' },
  { to_status: 'AtlanticProvingCompleted' },
  { to_status: 'TaskDecommitmentStarted' },
  { to_status: 'TaskDecommitmentCompleted', transaction_hash: '0x8' },
];

/** Returns the numbers of the tasks in the rows of the list. */
async function shownTasks(page: Page): Promise<number[]> {
  const uuids = await page.locator('a[data-uuid]').allTextContents();
  return uuids.map((uuid) => numberOf.get(uuid) ?? Number.NaN);
}

const numberOf = new Map(Array.from({ length: 1200 }, (_, n) => [ulid(n), n]));

/** Waits until the list shows the tasks with these numbers, in this order. */
export const expectTasks = (page: Page, numbers: readonly number[]): Promise<void> =>
  expect.poll(() => shownTasks(page), { timeout: 10_000 }).toEqual(numbers);

/** Returns the numbers from `first` down to `last`. */
export const downFrom = (first: number, last: number): number[] =>
  Array.from({ length: first - last + 1 }, (_, index) => first - index);

/** Opens a page of a server of its own that has the tasks 1 to `count`. */
export async function withTasks(
  count: number,
  use: (page: Page, server: WebServer) => Promise<void>,
): Promise<void> {
  const server = await openWebServer();
  try {
    await addTasks(server, 1, count);
    await withPage((page) => use(page, server));
  } finally {
    await server.gateway.close();
  }
}

/** Returns the uuid of the row whose link has the focus. */
export const focusedUuid = (page: Page): Promise<string | undefined> =>
  page.evaluate(() => document.activeElement?.getAttribute('data-uuid') ?? undefined);

/** Asks for the current rows. */
export const refresh = (page: Page) => page.getByRole('button', { name: 'Refresh' }).click();
