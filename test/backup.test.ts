import Database from 'better-sqlite3';
import { describe, expect, it, onTestFinished } from 'vitest';
import { openStore } from '../src/db/open.ts';
import { type Cli, createCli } from './support/cli.ts';
import { readPage, sectionOf } from './support/documentation.ts';

const documented = sectionOf(readPage('docs/operations.md'), 'An export is not a backup');

/** The tables that an export leaves out, each with its term in docs/operations.md. */
const NOT_EXPORTED = {
  access_tokens: 'tokens',
  admin_access: 'admins',
  admin_sessions: 'sessions',
  api_keys: 'keys',
  hdp_mmrs: 'MMRs',
  hdp_task_details: 'inputs',
  hdp_transitions: 'state transitions',
  services_logs: 'logs',
};

/** Returns the number of rows of each table. */
function rowCounts(path: string): Map<string, number> {
  const db = new Database(path, { readonly: true });
  const tables = "SELECT name FROM sqlite_master WHERE type = 'table'";
  const names = db.prepare<[], string>(tables).pluck().all();
  const rowsOf = (name: string) => db.prepare<[], number>(`SELECT count(*) FROM "${name}"`).pluck().get();
  const counts = new Map(names.map((name) => [name, rowsOf(name) ?? 0]));
  db.close();
  return counts;
}

const HISTORY = `
  INSERT INTO hdp_transitions (id, task, from_status, to_status, created_at)
    SELECT uuid, id, NULL, 'Received', 0 FROM hdp_tasks;
  INSERT INTO hdp_task_details (task, input, is_mock) SELECT id, '{}', 0 FROM hdp_tasks;
  INSERT INTO hdp_mmrs (task, position, id, root, size, chain_id, hashing_function)
    SELECT id, 0, 'a', '0x1', 1, '1', 'keccak' FROM hdp_tasks;
  INSERT INTO services_logs (task, time, level, message)
    SELECT id, 0, 'info', 'The run ended.' FROM services_tasks;
`;

/** Creates a database with tasks, their histories and logs, and every kind of credential. */
async function aFullDatabase(): Promise<Cli> {
  const cli = await createCli();
  await cli.run(['seed']);
  const db = new Database(cli.databaseUrl());
  db.exec(HISTORY);
  db.close();
  return cli;
}

describe('a backup of the database', () => {
  it.each([
    ['.backup', (db: Database.Database, copy: string) => db.backup(copy)],
    ['VACUUM INTO', async (db: Database.Database, copy: string) => db.exec(`VACUUM INTO '${copy}'`)],
  ])('by %s has every row and is consistent, also of a database in use', async (_, backUp) => {
    const cli = await aFullDatabase();
    const copy = cli.databaseUrl('copy');
    const inUse = openStore(cli.databaseUrl());
    onTestFinished(() => inUse.close());
    const db = new Database(cli.databaseUrl());
    await backUp(db, copy);
    db.close();
    expect(rowCounts(copy)).toEqual(rowCounts(cli.databaseUrl()));
    expect((await cli.run(['check'], { database: 'copy' })).code).toBe(0);
  });
});

describe('an export', () => {
  it('is not a backup: it lacks all data that the documentation lists', async () => {
    const cli = await aFullDatabase();
    for (const api of ['services', 'hdp']) {
      const { stdout } = await cli.run(['export', api]);
      await cli.run(['import', api, '-'], { database: 'copy', stdin: stdout });
    }
    const [original, imported] = [rowCounts(cli.databaseUrl()), rowCounts(cli.databaseUrl('copy'))];
    for (const table of ['services_tasks', 'hdp_tasks']) {
      expect(imported.get(table)).toBe(original.get(table));
    }
    for (const [table, word] of Object.entries(NOT_EXPORTED)) {
      expect(original.get(table), table).toBeGreaterThan(0);
      expect(imported.get(table), table).toBe(0);
      expect(documented.replaceAll('\n', ' ')).toContain(word);
    }
  });
});
