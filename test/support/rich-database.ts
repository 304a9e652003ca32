/** A database that has rows in every table, with the values that are hard to copy. */
import fc from 'fast-check';
import { COPIED_TABLES } from '../../src/db/copy/tables.ts';
import { loadSeeds } from '../../src/demo/seeds.ts';
import { isPostgresUrl } from '../../src/lib/postgres-url.ts';
import { hdpTasks, servicesTasks } from './arbitraries.ts';
import { addHdpTasks, addServicesTasks, asAdmin, asChain, asKey, createTestGateway, NOW } from './gateway.ts';
import { openRawConnection } from './raw-connection.ts';
import { aServicesTask } from './tasks.ts';

/** NUL, the escape of NUL in PostgreSQL, characters that COPY escapes, an astral one, and what Unicode would normalize. */
const AWKWARD_TEXT = '\0 \u{10FFFF}\u{10FFFD}\u{10FFFC} \\N\t\r\n\b\f\v \\. \\\\ 🧾 e\u0301 É \u2028 "\' %_';

const JSON_HEADERS = { 'Content-Type': 'application/json' };

const TRANSITIONS = [
  { to_status: 'DryRunStarted' },
  {
    ...{ to_status: 'DryRunCompleted', program_hash: '0x2', program_name: AWKWARD_TEXT, task_hash: '0x3' },
    ...{ task_inputs: { block: 7, text: AWKWARD_TEXT }, hdp_core_program_hash: '0x1' },
    ...{ data_source_chains: ['0xaa36a7'], data_destination_chain: '0xaa36a7' },
  },
  { to_status: 'ChainProofsFetchStarted' },
  {
    to_status: 'ChainProofsFetchCompleted',
    mmrs: [{ id: '7', root: '0x5', size: 12, chain_id: '0xaa36a7', hashing_function: 'poseidon' }],
  },
  { to_status: 'TraceGenStarted' },
  { to_status: 'TraceGenCompleted', output_tree_root: '0x4', output_preimage: ['0x6', '0x7'] },
  { to_status: 'AtlanticProvingStarted' },
  { to_status: 'AtlanticProvingFailed', error_message: AWKWARD_TEXT },
];

/** Rows of the tables that no request fills with all their columns. */
const ROWS = [
  "INSERT INTO server_secrets (name, key) VALUES ('download', X)",
  `INSERT INTO services_leases (task, owner, until, attempts, suspected_at, recorded_end)
   VALUES (1, 'run', 0, 2, 9007199254740991, '{"status":"DONE"}')`,
  "INSERT INTO services_files (task, path) VALUES (1, '1/1.csv')",
  "INSERT INTO services_logs (task, time, level, message) VALUES (1, -1, 'info', 'Wrote 2 rows.')",
  "INSERT INTO imports (id, api, started_at, until) VALUES (3, 'hdp', 1, 9007199254740991)",
  "INSERT INTO import_batches (id, import, ranges) VALUES (5, 3, '[[900,901]]')",
  'UPDATE hdp_webhooks SET last_error = url, delivered_at = 7, due_at = NULL',
];

/** Fills an empty, migrated database. @param databaseUrl a SQLite file or a URL of PostgreSQL */
export async function fillDatabase(databaseUrl: string): Promise<void> {
  const { app, store } = await createTestGateway({ databaseUrl });
  await loadSeeds(store, NOW);
  const sampled = { seed: 7, numRuns: 1 };
  await addHdpTasks(store, ...fc.sample(hdpTasks, { ...sampled, numRuns: 3 }).flat());
  await addServicesTasks(
    store,
    ...fc.sample(servicesTasks, sampled).flat(),
    aServicesTask({ id: 1, desc: AWKWARD_TEXT, debug: AWKWARD_TEXT, result: AWKWARD_TEXT }),
    aServicesTask({ id: 2, target: { action: 'a\0b', campaign: Number.MAX_SAFE_INTEGER, n: '1e400' } }),
    aServicesTask({ id: 2 ** 51 }),
    aServicesTask({ id: Number.MAX_SAFE_INTEGER, chain: Number.MAX_SAFE_INTEGER }),
  );
  const post = async (url: string, headers: Record<string, string>, body: object): Promise<unknown> => {
    const response = await app.request(url, {
      method: 'POST',
      headers: { ...JSON_HEADERS, ...headers },
      body: JSON.stringify(body),
    });
    if (response.status >= 300) throw new Error(await response.text());
    return response.json();
  };
  const token = await asChain(store, 1764, { expiresAt: NOW + 1 });
  await asAdmin(store, Number.MAX_SAFE_INTEGER, 1764, { expiresAt: NOW + 1 });
  await store.access.revokeSession(`session-of-${Number.MAX_SAFE_INTEGER}`, NOW);
  const { trigger, target } = aServicesTask();
  await post(
    'http://services.test/tasks',
    { ...token, 'Idempotency-Key': 'a' },
    { chain: 1764, desc: AWKWARD_TEXT, trigger: { ...trigger, repeat: 'daily' }, target },
  );
  await store.access.revokeToken('token-of-1764', NOW);
  const client = await asKey(store, 'client');
  const processor = await asKey(store, 'processor');
  const task = await post('http://hdp.test/tasks', client, {
    ...{ destination_chain_id: '0xaa36a7', input: { text: AWKWARD_TEXT }, is_mock: true },
    ...{ webhook_url: 'https://hooks.example/hdp', schedule_mode: 'onchain' },
  });
  const uuid = task instanceof Object && 'uuid' in task ? String(task.uuid) : '';
  for (const transition of TRANSITIONS)
    await post(`http://hdp.test/tasks/${uuid}/transitions`, processor, transition);
  await store.close();
  await addRows(databaseUrl);
}

async function addRows(databaseUrl: string): Promise<void> {
  const raw = await openRawConnection(databaseUrl);
  const bytes = isPostgresUrl(databaseUrl) ? `decode('00ff0a5c', 'hex')` : "x'00ff0a5c'";
  for (const statement of ROWS) {
    await raw.exec(statement.replace('X)', `${bytes})`));
  }
  for (const table of COPIED_TABLES) {
    const [row] = await raw.rows<{ rows: number }>(`SELECT count(*) AS rows FROM ${table}`);
    if (!Number(row?.rows)) throw new Error(`The table ${table} is empty.`);
  }
  await raw.close();
}
