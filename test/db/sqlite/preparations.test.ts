import { dirname } from 'node:path';
import Database from 'better-sqlite3';
import { SQL, sql } from 'drizzle-orm';
import { drizzle } from 'drizzle-orm/better-sqlite3';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { z } from 'zod';
import type { Store } from '../../../src/db/open.ts';
import type { Claim, RunEnd } from '../../../src/db/queries/task-runs.ts';
import { connect } from '../../../src/db/sqlite/connection.ts';
import { TEST_ACTIONS } from '../../support/actions.ts';
import {
  addHdpTasks,
  addServicesTasks,
  asAdmin,
  asChain,
  asKey,
  createTestGateway,
  NOW,
} from '../../support/gateway.ts';
import { createMigratedFile } from '../../support/migrated-file.ts';
import { anHdpTask, aServicesTask, ulid } from '../../support/tasks.ts';

/** PRAGMAs that SQLite runs while it prepares them, so that a prepared statement would do nothing. */
const WITHOUT_STATEMENT = [/^busy_timeout = \d+$/, /^shrink_memory$/];

/** Records prepared statements and the queries that Drizzle builds. */
function watchPreparations() {
  const seen: string[] = [];
  const { prepare, exec, pragma, transaction } = Database.prototype;
  const spies = [
    vi.spyOn(Database.prototype, 'prepare').mockImplementation(function (
      this: Database.Database,
      text: string,
    ) {
      seen.push(`prepare ${text}`);
      return prepare.call(this, text);
    }),
    vi.spyOn(Database.prototype, 'exec').mockImplementation(function (this: Database.Database, text) {
      seen.push(`exec ${text}`);
      return exec.call(this, text);
    }),
    vi.spyOn(Database.prototype, 'pragma').mockImplementation(function (
      this: Database.Database,
      text,
      options,
    ) {
      if (!WITHOUT_STATEMENT.some((known) => known.test(text))) seen.push(`pragma ${text}`);
      return pragma.call(this, text, options);
    }),
    vi.spyOn(Database.prototype, 'transaction').mockImplementation(function (this: Database.Database, work) {
      seen.push('transaction');
      return transaction.call(this, work);
    }),
    vi.spyOn(SQL.prototype, 'toQuery'),
  ];
  const building = spies.at(-1);
  return {
    /** Returns the records since the last call. */
    take(): string[] {
      const built = building?.mock.calls.length ?? 0;
      building?.mockClear();
      return [...seen.splice(0), ...(built > 0 ? [`${built} queries built`] : [])];
    },
    restore: () => {
      for (const spy of spies) spy.mockRestore();
    },
  };
}

const FILTERS = [
  '',
  'status=READY',
  'action=export',
  'campaign_id=1',
  'status=READY&action=export&campaign_id=1',
];
const SEARCHES = [
  '0',
  '01',
  '01J',
  'JPJ',
  'vault',
  ulid(1),
  ulid(2).slice(-4),
  'é',
  'VAULT 1',
  'nothing at all',
];
const REPORTS = [
  { to_status: 'DryRunStarted' },
  { to_status: 'DryRunCompleted', program_name: 'other vault', task_inputs: { block: 7 } },
  { to_status: 'ChainProofsFetchStarted' },
  {
    to_status: 'ChainProofsFetchCompleted',
    mmrs: [{ id: '7', root: '0x5', size: 12, chain_id: '1', hashing_function: 'poseidon' }],
  },
  { to_status: 'TraceGenStarted' },
  { to_status: 'TraceGenCompleted', output_tree_root: '0x4', output_preimage: ['0x6'] },
  { to_status: 'AtlanticProvingStarted' },
  { to_status: 'AtlanticProvingFailed', error_message: 'out of memory' },
];

type Gateway = Awaited<ReturnType<typeof createTestGateway>>;
interface Credentials {
  token: Record<string, string>;
  admin: Record<string, string>;
  client: Record<string, string>;
  processor: Record<string, string>;
}

/** Calls every endpoint of both APIs. @returns their methods and paths */
async function callEveryEndpoint(
  { app }: Gateway,
  { token, admin, client, processor }: Credentials,
  round: number,
) {
  const called = new Set<string>();
  async function call(endpoint: string, url: string, headers: Record<string, string> = {}, send?: unknown) {
    called.add(`${new URL(url).hostname} ${endpoint}`);
    const [method = ''] = endpoint.split(' ');
    const type = send === undefined ? {} : { 'Content-Type': 'application/json' };
    const body = send === undefined ? {} : { body: JSON.stringify(send) };
    const response = await app.request(url, { method, headers: { ...type, ...headers }, ...body });
    const text = await response.text();
    expect(response.ok, `${endpoint} ${url} ${text}`).toBe(true);
    return { json: response.headers.get('content-type')?.includes('json') ? JSON.parse(text) : text };
  }
  const services = (endpoint: string, path: string, headers = token, send?: unknown) =>
    call(endpoint, `http://services.test${path}`, headers, send);
  const hdp = (endpoint: string, path: string, headers: Record<string, string> = {}, send?: unknown) =>
    call(endpoint, `http://hdp.test${path}`, headers, send);

  for (const filter of FILTERS) await services('GET /tasks', `/tasks?${filter}`);
  await services('GET /tasks', '/tasks', admin);
  const order = {
    chain: 1764,
    desc: '',
    trigger: { once: '2026-06-01T12:00:00Z' },
    target: { action: 'export', export_index: 'users', export_format: 'csv' },
  };
  await services('POST /tasks', '/tasks', token, order);
  const key = { ...token, 'Idempotency-Key': `key-${round}` };
  const { json: task } = await services('POST /tasks', '/tasks', key, order);
  await services('POST /tasks', '/tasks', key, order);
  await services('POST /tasks/{id}/execute', `/tasks/${task.id}/execute`, token);
  await services('GET /tasks/{id}', `/tasks/${task.id}`);
  const { json: download } = await services('GET /tasks/{id}/download_url', `/tasks/${task.id}/download_url`);
  await services(
    'GET /downloads/{id}/{name}',
    z
      .string()
      .parse(download.url)
      .replace(/^https?:\/\/[^/]*/, ''),
    {},
  );
  const acceptJson = { Accept: 'application/json' };
  await services('GET /', '/', acceptJson);
  await services('GET /openapi.json', '/openapi.json');
  await services('GET /figures', '/figures');
  await services('GET /session', '/session');

  await hdp('GET /is-alive', '/is-alive');
  for (const term of ['', ...SEARCHES]) {
    await hdp('GET /tasks', `/tasks?${new URLSearchParams({ hdp_tasks_search: term })}`);
  }
  const made = {
    destination_chain_id: '1',
    input: {},
    program_name: 'vault',
    webhook_url: 'https://hooks.example/',
  };
  await hdp('POST /tasks', '/tasks', { ...client, 'Idempotency-Key': `key-${round}` }, made);
  const { json } = await hdp('POST /tasks', '/tasks', client, made);
  const path = `/tasks/${json.uuid}`;
  for (const report of REPORTS) {
    await hdp('POST /tasks/{uuid}/transitions', `${path}/transitions`, processor, report);
  }
  await hdp('POST /tasks/{uuid}/transitions', `${path}/transitions`, processor, REPORTS.at(-1));
  for (const part of ['status', 'details', 'state_transitions', 'mmrs', 'output_preimage']) {
    await hdp(`GET /tasks/{uuid}/${part}`, `${path}/${part}`);
  }
  await hdp('POST /tasks/{uuid}/retry', `${path}/retry`, client);
  await hdp('GET /', '/', acceptJson);
  await hdp('GET /openapi.json', '/openapi.json');
  await hdp('GET /figures', '/figures?interval=day&buckets=400');
  return called;
}

const documentOf = z.object({ paths: z.record(z.string(), z.record(z.string(), z.unknown())) });

/** Returns the methods and paths of an API's OpenAPI document. */
async function documentedEndpoints({ app }: Gateway, host: string, headers: Record<string, string> = {}) {
  const response = await app.request(`http://${host}/openapi.json`, { headers });
  const { paths } = documentOf.parse(await response.json());
  return Object.entries(paths).flatMap(([path, methods]) =>
    Object.keys(methods).map((method) => `${host} ${method.toUpperCase()} ${path}`),
  );
}

/** Runs due tasks like a runner. */
async function runDueTasks({ taskRuns }: Store, round: number): Promise<void> {
  const actions = ['export', 'talk'];
  const claim = (name: string): Claim => ({ run: `${name}-${round}`, leaseMs: 1000 });
  const logs = [{ time: NOW, level: 'info', message: 'line' }] as const;
  for (const hasFollower of [true, false]) {
    const { run, leaseMs } = claim(`run-${hasFollower}`);
    const claimed = await taskRuns.claimNext(actions, { run, leaseMs }, 1764);
    const id = claimed?.task.id ?? 0;
    await taskRuns.renew(id, run, 2000);
    await taskRuns.log(id, run, logs);
    const next = { trigger: '{}', seriesStart: 'a', dueAt: NOW, once: 'a' };
    const nextTask = hasFollower ? next : undefined;
    const end: RunEnd = { status: 'DONE', result: 'a', file: 'a', logs, now: NOW, nextTask };
    expect(await taskRuns.finish(id, run, end)).toBeDefined();
  }
  const left = claim('left');
  const taken = await taskRuns.claimNext(actions, left);
  await taskRuns.release(taken?.task.id ?? 0, left.run);
  expect((await taskRuns.claimNext(actions, claim('second')))?.task.id).toBe(taken?.task.id);
  await taskRuns.warnOfUnsupported(actions);
  await taskRuns.warnOfUnsupported(actions);
}

/** Sends webhooks like the outbox. */
async function sendWebhooks({ hdpWebhooks }: Store): Promise<void> {
  for (const isDelivered of [true, false]) {
    const [due] = await hdpWebhooks.listDue(undefined, 10);
    const attempt = due && (await hdpWebhooks.claim(due, 1000));
    if (!attempt) throw new Error('No webhook is due.');
    if (isDelivered) await hdpWebhooks.markDelivered(attempt.id, NOW);
    else await hdpWebhooks.recordFailure(attempt, 'refused', NOW + 5000);
    await hdpWebhooks.resend(attempt.id);
  }
}

/** Changes tasks like imports and the commands for tasks. */
async function changeTasks(store: Store): Promise<void> {
  await addServicesTasks(
    store,
    aServicesTask({ id: 90, target: { action: 'talk' } }),
    aServicesTask({ id: 91 }),
  );
  await addHdpTasks(store, anHdpTask({ uuid: ulid(1), programName: 'vault' }), anHdpTask({ uuid: ulid(90) }));
  await store.servicesTaskLifecycle.reset(90, 0);
  await store.servicesTaskLifecycle.remove(91, 0);
  await store.hdpTaskLifecycle.remove(ulid(90));
  await store.index(100);
}

interface Walk {
  /** What the second round of each part prepared. */
  again: Record<string, string[]>;
  /** The statements that were prepared for the tables. */
  statements: string[];
  uncalledEndpoints: string[];
}

/** Does all that clients, runners and senders of webhooks do, twice. */
async function walk(file: string): Promise<Walk> {
  const preparations = watchPreparations();
  const statements: string[] = [];
  const take = () => {
    const taken = preparations.take();
    statements.push(...taken.flatMap((text) => /^prepare (.*)$/s.exec(text)?.[1] ?? []));
    return taken;
  };
  const again: Record<string, string[]> = {};
  let called = new Set<string>();
  const gateway = await createTestGateway({
    databaseUrl: file,
    exportsDir: dirname(file),
    actions: TEST_ACTIONS,
  });
  const { store } = gateway;
  try {
    take();
    const query = drizzle({ client: new Database(':memory:') })
      .select({ one: sql`1` })
      .from(sql`(SELECT 1)`);
    query.prepare();
    expect(preparations.take()).toEqual(['prepare select 1 from (SELECT 1)', '1 queries built']);
    const credentials = {
      token: await asChain(store, 1764),
      admin: await asAdmin(store, 1, 1764),
      client: await asKey(store, 'client'),
      processor: await asKey(store, 'processor'),
    };
    await store.access.grant({ userId: 1, chain: 1764, level: 'WRITE' });
    await addHdpTasks(
      store,
      ...Array.from({ length: 20 }, (_, n) => anHdpTask({ uuid: ulid(n), programName: `vault ${n % 3}` })),
    );
    const parts: [string, (round: number) => Promise<unknown>][] = [
      ['changes of tasks', () => changeTasks(store)],
      [
        'the endpoints',
        async (round) => {
          called = await callEveryEndpoint(gateway, credentials, round);
        },
      ],
      ['the runner', (round) => runDueTasks(store, round)],
      ['the webhooks', () => sendWebhooks(store)],
      ['the versions', async () => [store.dataVersion(), store.scopeVersion(['hdp', 'access'])]],
    ];
    for (const [name, part] of parts) {
      await part(1);
      take();
      await part(2);
      again[name] = take();
    }
    const documented = [
      ...(await documentedEndpoints(gateway, 'services.test', credentials.token)),
      ...(await documentedEndpoints(gateway, 'hdp.test')),
    ];
    return { again, statements, uncalledEndpoints: documented.filter((endpoint) => !called.has(endpoint)) };
  } finally {
    preparations.restore();
    await store.close();
  }
}

/** Returns the steps of SQLite's plan for a statement. */
function stepsOf(sqlite: Database.Database, statement: string): string[] {
  const plan = sqlite.prepare<unknown[], { detail: string }>(`EXPLAIN QUERY PLAN ${statement}`);
  const named = [...statement.matchAll(/[:@$](\w+)/g)].map(([, name]) => [name, null]);
  const positional = statement.replace(/'[^']*'/g, '').match(/\?/g) ?? [];
  const steps = named.length > 0 ? plan.all(Object.fromEntries(named)) : plan.all(positional.map(() => null));
  return steps.map(({ detail }) => detail);
}

/** Tables that grow with the tasks; all others are small, or bounded. */
const GROWING =
  /^SCAN (services_\w+|hdp_(tasks|task_details|transitions|mmrs|webhooks)|idempotency_keys|import_batches)$/;

/** Statements that commands alone run: `keys remove` and `simulate`. */
const OF_COMMANDS = [
  /^DELETE FROM api_keys /,
  /^select "uuid" from "hdp_tasks" where "hdp_tasks"."status" not in /,
];

const CHANGES_OR_READS = /^\s*(SELECT|WITH|INSERT|UPDATE|DELETE)/i;

describe('the statements of requests, runs and webhooks', () => {
  let file: string;
  let remove: () => void;
  let walked: Walk;

  beforeAll(async () => {
    // Migrated before: what migrations prepare is for tables that are there no longer.
    ({ file, remove } = await createMigratedFile());
    walked = await walk(file);
  });

  afterAll(() => remove());

  it('are prepared once, and their queries are built once', () => {
    const none = Object.keys(walked.again).map((name) => [name, []]);
    expect(walked.again).toEqual(Object.fromEntries(none));
  });

  it('are those of every documented endpoint', () => {
    expect(walked.uncalledEndpoints).toEqual([]);
  });

  it('read no table as a whole: with a million tasks, all else would wait', () => {
    const sqlite = connect(file, { mustExist: true });
    const statements = walked.statements.filter(
      (text) => CHANGES_OR_READS.test(text) && !OF_COMMANDS.some((command) => command.test(text)),
    );
    expect(statements.length).toBeGreaterThan(100);
    const found = statements.flatMap((statement) =>
      stepsOf(sqlite, statement)
        .filter((step) => GROWING.test(step))
        .map((step) => `${step}: ${statement}`),
    );
    sqlite.close();
    expect(found).toEqual([]);
  });
});
