import type Database from 'better-sqlite3';
import { drizzle } from 'drizzle-orm/better-sqlite3';
import { IN_MEMORY } from '../../lib/path-variable.ts';
import type { Store } from '../store.ts';
import { createAccessQueries } from './access.ts';
import { createApiKeyQueries } from './api-keys.ts';
import { connect, type OpenOptions, type SqliteConnection } from './connection.ts';
import { filePath } from './database-url.ts';
import { prepareDerivedData } from './derived-data.ts';
import { createExportFileQueries } from './export-files.ts';
import { createHdpTaskLifecycleQueries } from './hdp-task-lifecycle.ts';
import { createHdpTaskTable } from './hdp-task-table.ts';
import { createHdpTaskQueries } from './hdp-tasks.ts';
import { createHdpWebhookQueries } from './hdp-webhooks.ts';
import { prepareOnce } from './idempotency.ts';
import { createImportQueries } from './imports/imports.ts';
import { createRebuild } from './maintenance/rebuild.ts';
import { verify, verifyUuids } from './maintenance/verify.ts';
import { keepImage } from './memory-image.ts';
import { migrateTables } from './migrate.ts';
import { createMovedFileCheck } from './moved-file.ts';
import { createProbe } from './probe.ts';
import { prepareScopeVersions } from './scope-versions.ts';
import { prepareIndexing } from './search/trigram-index.ts';
import { prepareLoadSeeds } from './seeds.ts';
import { createServerSecretQueries } from './server-secrets.ts';
import { createServicesTaskLifecycleQueries } from './services-task-lifecycle.ts';
import { createServicesTaskTable } from './services-task-table.ts';
import { createServicesTaskQueries } from './services-tasks.ts';
import { createTaskRunQueries } from './task-runs.ts';
import { BUSY_TIMEOUT_MS, createWriteQueue, type WriteQueue } from './write-queue.ts';

/** Opens an SQLite database as a store. See `openStore` for the URL and the errors. */
export function openSqlite(databaseUrl: string, options: OpenOptions): Store {
  const path = filePath(databaseUrl);
  const sqlite = connect(path, options);
  const dataVersion = sqlite.prepare<[], number>('PRAGMA data_version').pluck();
  const requireFile = path === IN_MEMORY ? () => {} : createMovedFileCheck(path);
  const probe = path === IN_MEMORY ? undefined : createProbe(path, requireFile);
  const writeChanges = once(() => prepareDerivedData(sqlite, options.blockSize));
  const queue = createWriteQueue(sqlite, {
    beforeBegin: requireFile,
    beforeCommit: ({ changes }) => writeChanges()(changes),
  });
  const queries = createQueries(sqlite, queue);
  const rebuild = once(() => createRebuild(sqlite, (changes) => writeChanges()(changes)));
  const scopeVersions = once(() => prepareScopeVersions(sqlite));
  const indexing = once(() => prepareIndexing(sqlite));
  return {
    get servicesTasks() {
      return queries.servicesTasks();
    },
    get servicesTaskLifecycle() {
      return queries.servicesTaskLifecycle();
    },
    get taskRuns() {
      return queries.taskRuns();
    },
    get hdpTasks() {
      return queries.hdpTasks();
    },
    get hdpTaskLifecycle() {
      return queries.hdpTaskLifecycle();
    },
    get hdpWebhooks() {
      return queries.hdpWebhooks();
    },
    get imports() {
      return queries.imports();
    },
    get access() {
      return queries.access();
    },
    get apiKeys() {
      return queries.apiKeys();
    },
    get serverSecrets() {
      return queries.serverSecrets();
    },
    get exportFiles() {
      return queries.exportFiles();
    },
    loadSeeds: (seeds) => queries.loadSeeds()(seeds),
    // Other connections' commits change SQLite's number, our own only the counter; neither ever goes down.
    dataVersion: () => (dataVersion.get() ?? 0) + queue.commits(),
    scopeVersion: (scopes) => scopeVersions().sum(scopes),
    migrate: async (onProgress = () => {}) => {
      const isNew = migrateTables(sqlite);
      if (isNew && path === IN_MEMORY) keepImage(sqlite);
      const missing = rebuild().missing();
      if (missing.length === 0) return;
      queue.writeNow(({ changes }) => rebuild().run(missing, changes, onProgress), BUSY_TIMEOUT_MS);
    },
    verify: async (onProgress = () => {}) => [
      ...(await snapshot(sqlite, async () => verify(sqlite, onProgress))),
      ...queue.writeNow(() => verifyUuids(sqlite), BUSY_TIMEOUT_MS),
    ],
    repair: async (onProgress = () => {}) =>
      queue.writeNow(({ changes }) => rebuild().all(changes, onProgress), BUSY_TIMEOUT_MS),
    index: async (batch) => queue.writeNow(() => indexing()(batch), BUSY_TIMEOUT_MS),
    probe: async () => probe?.run(),
    snapshot: (work) => snapshot(sqlite, work),
    close: async () => {
      probe?.close();
      sqlite.close();
    },
  };
}

/** Statements are prepared at first use, topic by topic: before migrate() a new file has no tables to prepare them on. */
function createQueries(sqlite: Database.Database, { write }: WriteQueue) {
  const db: SqliteConnection = drizzle({ client: sqlite });
  const servicesTable = once(() => createServicesTaskTable(db));
  const hdpTable = once(() => createHdpTaskTable(db));
  const idempotent = once(() => prepareOnce(sqlite));
  const servicesTasks = once(() => createServicesTaskQueries(db, servicesTable(), write));
  const hdpTasks = once(() => createHdpTaskQueries(db, hdpTable(), write));
  const access = once(() => createAccessQueries(db, write));
  const apiKeys = once(() => createApiKeyQueries(db, write));
  return {
    servicesTasks,
    servicesTaskLifecycle: once(() =>
      createServicesTaskLifecycleQueries(db, servicesTable(), write, idempotent()),
    ),
    taskRuns: once(() => createTaskRunQueries(db, servicesTable(), write)),
    hdpTasks,
    hdpTaskLifecycle: once(() => createHdpTaskLifecycleQueries(db, hdpTable(), write, idempotent())),
    hdpWebhooks: once(() => createHdpWebhookQueries(db, write)),
    imports: once(() =>
      createImportQueries(
        sqlite,
        { services: servicesTable(), hdp: hdpTable(), addServicesTask: servicesTasks().addOne },
        write,
      ),
    ),
    access,
    apiKeys,
    serverSecrets: once(() => createServerSecretQueries(sqlite, write)),
    exportFiles: once(() => createExportFileQueries(sqlite)),
    loadSeeds: once(() =>
      prepareLoadSeeds(write, {
        addServicesTask: servicesTasks().addOne,
        addHdpTask: hdpTasks().addOne,
        inserts: access().inserts,
        insertKey: apiKeys().insert,
      }),
    ),
  };
}

function once<T extends object>(create: () => T): () => T {
  let created: T | undefined;
  return () => {
    created ??= create();
    return created;
  };
}

async function snapshot<T>(sqlite: Database.Database, work: () => Promise<T>): Promise<T> {
  sqlite.exec('BEGIN');
  try {
    return await work();
  } finally {
    if (sqlite.inTransaction) sqlite.exec('COMMIT');
  }
}
