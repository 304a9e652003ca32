import type Database from 'better-sqlite3';
import { drizzle } from 'drizzle-orm/better-sqlite3';
import { IN_MEMORY } from '../../lib/path-variable.ts';
import type { Store } from '../store.ts';
import { createAccessQueries } from './access.ts';
import { createApiKeyQueries } from './api-keys.ts';
import { connect, type OpenOptions, type SqliteConnection } from './connection.ts';
import { filePath } from './database-url.ts';
import { prepareDerivedData } from './derived-data.ts';
import { BUSY_TIMEOUT_MS, storeMigratedImage } from './driver.ts';
import { createExportFileQueries } from './export-files.ts';
import { createFigureQueries } from './figures.ts';
import { createHdpTaskLifecycleQueries } from './hdp-task-lifecycle.ts';
import { createHdpTaskTable } from './hdp-task-table.ts';
import { createHdpTaskQueries } from './hdp-tasks.ts';
import { createHdpWebhookQueries } from './hdp-webhooks.ts';
import { prepareCreateOnce } from './idempotency.ts';
import { createImportQueries } from './imports/imports.ts';
import { createRebuild } from './maintenance/rebuild.ts';
import { verify, verifyUuids } from './maintenance/verify.ts';
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
import { createWriteQueue, type WriteQueue } from './write-queue.ts';

/** Opens an SQLite database as a store. See `openStore` for the URL and the errors. */
export function openSqlite(databaseUrl: string, options: OpenOptions): Store {
  const path = filePath(databaseUrl);
  const sqlite = connect(path, options);
  const dataVersion = sqlite.prepare<[], number>('PRAGMA data_version').pluck();
  const requireSameFile = path === IN_MEMORY ? () => {} : createMovedFileCheck(path);
  const probe = path === IN_MEMORY ? undefined : createProbe(path, requireSameFile);
  const writeChanges = lazy(() => prepareDerivedData(sqlite, options));
  const queue = createWriteQueue(sqlite, {
    beforeBegin: requireSameFile,
    beforeCommit: ({ changes }) => writeChanges()(changes),
  });
  const queries = createQueries(sqlite, queue, options.leaseClock ?? options.now ?? Date.now);
  const rebuild = lazy(() => createRebuild(sqlite, (changes) => writeChanges()(changes)));
  const scopeVersions = lazy(() => prepareScopeVersions(sqlite));
  const indexNext = lazy(() => prepareIndexing(sqlite));
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
    get figures() {
      return queries.figures();
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
    // SQLite's number changes with commits of other connections, the counter with our own; neither ever decreases.
    dataVersion: () => (dataVersion.get() ?? 0) + queue.commits(),
    scopeVersion: (scopes) => scopeVersions().sum(scopes),
    migrate: async (onProgress = () => {}) => {
      const isNew = migrateTables(sqlite, options);
      if (isNew && path === IN_MEMORY) storeMigratedImage(sqlite);
      const missing = rebuild().listMissing();
      if (missing.length > 0) {
        queue.writeNow(({ changes }) => rebuild().run(missing, changes, onProgress), BUSY_TIMEOUT_MS);
      }
      return isNew;
    },
    verify: async (onProgress = () => {}) => [
      ...(await snapshot(sqlite, async () => verify(sqlite, onProgress))),
      ...queue.writeNow(() => verifyUuids(sqlite), BUSY_TIMEOUT_MS),
    ],
    repair: async (onProgress = () => {}) =>
      queue.writeNow(({ changes }) => rebuild().runAll(changes, onProgress), BUSY_TIMEOUT_MS),
    index: async (batch) => queue.writeNow(() => indexNext()(batch), BUSY_TIMEOUT_MS),
    probe: async () => probe?.run(),
    snapshot: (work) => snapshot(sqlite, work),
    close: async () => {
      probe?.close();
      sqlite.close();
    },
  };
}

/** Prepares the statements of each topic at first use: before migrate(), a new file has no tables. */
function createQueries(sqlite: Database.Database, { write }: WriteQueue, clock: () => number) {
  const db: SqliteConnection = drizzle({ client: sqlite });
  const servicesTable = lazy(() => createServicesTaskTable(db));
  const hdpTable = lazy(() => createHdpTaskTable(db));
  const createOnce = lazy(() => prepareCreateOnce(sqlite));
  const servicesTasks = lazy(() => createServicesTaskQueries(db, servicesTable(), write));
  const hdpTasks = lazy(() => createHdpTaskQueries(db, hdpTable(), write));
  const access = lazy(() => createAccessQueries(db, write));
  const apiKeys = lazy(() => createApiKeyQueries(db, write));
  return {
    servicesTasks,
    servicesTaskLifecycle: lazy(() =>
      createServicesTaskLifecycleQueries(db, servicesTable(), write, createOnce(), clock),
    ),
    taskRuns: lazy(() => createTaskRunQueries(db, servicesTable(), write, clock)),
    hdpTasks,
    hdpTaskLifecycle: lazy(() => createHdpTaskLifecycleQueries(db, hdpTable(), write, createOnce())),
    hdpWebhooks: lazy(() => createHdpWebhookQueries(db, write, clock)),
    figures: lazy(() => createFigureQueries(sqlite)),
    imports: lazy(() =>
      createImportQueries(
        sqlite,
        { services: servicesTable(), hdp: hdpTable(), addServicesTask: servicesTasks().addOne },
        write,
        clock,
      ),
    ),
    access,
    apiKeys,
    serverSecrets: lazy(() => createServerSecretQueries(sqlite, write)),
    exportFiles: lazy(() => createExportFileQueries(sqlite)),
    loadSeeds: lazy(() =>
      prepareLoadSeeds(write, {
        addServicesTask: servicesTasks().addOne,
        addHdpTask: hdpTasks().addOne,
        inserts: access().inserts,
        insertKey: apiKeys().insert,
      }),
    ),
  };
}

function lazy<T extends object>(create: () => T): () => T {
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
