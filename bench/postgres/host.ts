/** The PostgreSQL databases of a run: `taskgate_ROWS`, `plain_ROWS` and `bare_ROWS`, which are kept, and temporary ones. */
import { randomUUID } from 'node:crypto';
import { setTimeout } from 'node:timers/promises';
import pg from 'pg';
import type { Credentials } from '../credentials.ts';
import type { DatabaseHost } from '../database.ts';
import { bareKey, fillProduct, type KeptDatabase, plainKey, productKey, reuseOrBuild } from '../dataset.ts';
import { CHAIN, generateHdpTasks, generateServicesTasks } from '../generate.ts';
import { CLI_PATH, compiledScript, MIGRATIONS_DIRS } from '../paths.ts';
import { run } from '../processes.ts';
import { toHdpRow, toServicesRow } from '../tasks.ts';
import { keepTaskTables } from './bare-tables.ts';
import { copyRows } from './copy-rows.ts';
import { addApiKey, addToken, createIndexes, createTables } from './plain-tables.ts';
import { PLAIN_HDP_COLUMNS, PLAIN_SERVICES_COLUMNS } from './rows.ts';
import { type PostgresServer, REPORTED_SETTINGS, startPostgresServer } from './server.ts';

const TEMPORARY = 'temporary_';

/** Starts the server. */
export async function startPostgresHost(): Promise<DatabaseHost> {
  const server = await startPostgresServer();
  const admin = new pg.Client({ connectionString: server.urlOf('postgres') });
  await admin.connect();
  const databases = createDatabases(server, admin);
  await databases.removeTemporary();
  return {
    name: 'postgres',
    peerScript: compiledScript('servers/fastify-postgres.js'),
    importScript: compiledScript('postgres/bare-import.js'),
    importNote:
      "The bare import uses JSON.parse and one COPY into the product's task tables with their indexes, without other tables and triggers.",
    facts: () => readFacts(admin),
    async openDataset(rows, log) {
      const taskgate = databases.urlOf(`taskgate_${rows}`);
      const plain = databases.urlOf(`plain_${rows}`);
      const key = productKey(MIGRATIONS_DIRS.postgres);
      const saved = await reuseOrBuild(databases.kept(taskgate), key, async () => {
        log(`importing ${rows} tasks of each kind with taskgate`);
        const created = await fillProduct(taskgate, rows);
        await withClient(taskgate, vacuum);
        return JSON.stringify(created);
      });
      const credentials: Credentials = JSON.parse(saved);
      const plainScripts = ['postgres/plain-tables.js', 'postgres/copy-rows.js', 'postgres/rows.js'];
      await reuseOrBuild(databases.kept(plain), plainKey(...plainScripts), async () => {
        log(`copying ${rows} tasks of each kind into plain tables`);
        await withClient(plain, (client) => fillPlain(client, rows));
        return '';
      });
      await withClient(plain, async (client) => {
        await addToken(client, credentials.token, CHAIN);
        await addApiKey(client, credentials.clientKey);
      });
      return { rows, taskgate, plain, credentials };
    },
    async openBareTables({ rows, taskgate }, log) {
      const bare = databases.urlOf(`bare_${rows}`);
      const key = bareKey((await databases.kept(taskgate).readStamp()) ?? '', 'postgres/bare-tables.js');
      await reuseOrBuild(databases.kept(bare), key, async () => {
        log(`copying ${rows} tasks of each kind into tables without derived data`);
        await databases.remove(bare);
        await databases.create(bare, taskgate);
        await withClient(bare, keepTaskTables);
        return '';
      });
      return bare;
    },
    createEmpty: () => databases.createTemporary(),
    async createImportTables() {
      const url = await databases.createTemporary();
      await run(process.execPath, [CLI_PATH, 'migrate'], { env: { DATABASE_URL: url } });
      await withClient(url, keepTaskTables);
      return url;
    },
    copy: (url) => databases.createTemporary(url),
    remove: (url) => databases.remove(url),
    async sizeOf(url) {
      const { rows } = await admin.query('SELECT pg_database_size($1::text) AS size', [nameOf(url)]);
      return Number(rows[0].size);
    },
    async stop() {
      await databases.removeTemporary();
      await admin.end();
      await server.stop();
    },
  };
}

const nameOf = (url: string) => new URL(url).pathname.slice(1);

/** Creates and removes databases by their URLs. */
function createDatabases({ urlOf }: PostgresServer, admin: pg.Client) {
  const remove = async (url: string) => {
    await admin.query(`DROP DATABASE IF EXISTS "${nameOf(url)}" WITH (FORCE)`);
  };
  const create = async (url: string, template = urlOf('template0')) => {
    // A copy of the files is faster than the write-ahead log of all pages.
    await untilUnused(() =>
      admin.query(`CREATE DATABASE "${nameOf(url)}" TEMPLATE "${nameOf(template)}" STRATEGY file_copy`),
    );
  };
  return {
    urlOf,
    remove,
    create,
    async createTemporary(template?: string) {
      const url = urlOf(`${TEMPORARY}${randomUUID()}`);
      await create(url, template);
      return url;
    },
    /** Removes the temporary databases, also those of a run that was killed. */
    async removeTemporary() {
      const { rows } = await admin.query<{ name: string }>(
        'SELECT datname AS name FROM pg_database WHERE starts_with(datname, $1)',
        [TEMPORARY],
      );
      for (const { name } of rows) await remove(urlOf(name));
    },
    /** The stamp of a database is its comment. */
    kept: (url: string): KeptDatabase => ({
      async readStamp() {
        const { rows } = await admin.query<{ stamp: string | null }>(
          "SELECT shobj_description(oid, 'pg_database') AS stamp FROM pg_database WHERE datname = $1",
          [nameOf(url)],
        );
        return rows[0]?.stamp ?? undefined;
      },
      async reset() {
        await remove(url);
        await create(url);
      },
      async writeStamp(stamp) {
        await admin.query(`COMMENT ON DATABASE "${nameOf(url)}" IS ${pg.escapeLiteral(stamp)}`);
      },
    }),
  };
}

/** Retries while a connection that a server has just closed still uses the template. */
async function untilUnused(work: () => Promise<unknown>): Promise<void> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      await work();
      return;
    } catch (error) {
      const isUsed = error instanceof pg.DatabaseError && error.code === '55006';
      if (!isUsed || attempt === 50) throw error;
      await setTimeout(100);
    }
  }
}

async function withClient(url: string, work: (client: pg.Client) => Promise<void>): Promise<void> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    await work(client);
  } finally {
    await client.end();
  }
}

async function fillPlain(client: pg.Client, rows: number): Promise<void> {
  await createTables(client);
  await copyRows(client, 'hdp_tasks', PLAIN_HDP_COLUMNS, mapped(generateHdpTasks(rows), toHdpRow));
  await copyRows(
    client,
    'services_tasks',
    PLAIN_SERVICES_COLUMNS,
    mapped(generateServicesTasks(rows), toServicesRow),
  );
  await createIndexes(client);
  await vacuum(client);
}

/** What autovacuum does some time after a load: without it, every query of the new rows would also set their hint bits. */
async function vacuum(client: pg.Client): Promise<void> {
  await client.query('VACUUM (ANALYZE)');
}

function* mapped<Task, Row>(tasks: Iterable<Task>, toRow: (task: Task) => Row): Generator<Row> {
  for (const task of tasks) yield toRow(task);
}

async function readFacts(admin: pg.Client): Promise<{ version: string; settings: string }> {
  const { rows: versions } = await admin.query<{ server_version: string }>('SHOW server_version');
  const settings: string[] = [];
  for (const name of REPORTED_SETTINGS) {
    const { rows } = await admin.query<Record<string, string>>(`SHOW ${name}`);
    settings.push(`${name} = ${rows[0]?.[name]}`);
  }
  return { version: `PostgreSQL ${versions[0]?.server_version}`, settings: settings.join(', ') };
}
