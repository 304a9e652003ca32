import { BLOCK_SIZE } from '../model/blocks.ts';
import type { Store } from '../store.ts';
import { createAccessQueries } from './access.ts';
import { createApiKeyQueries } from './api-keys.ts';
import { createPool, type PoolOptions } from './connection.ts';
import { writeChanges } from './derived-data.ts';
import { createExportFileQueries } from './export-files.ts';
import { createHdpTaskLifecycleQueries } from './hdp-task-lifecycle.ts';
import { createHdpTaskQueries } from './hdp-tasks.ts';
import { createHdpWebhookQueries } from './hdp-webhooks.ts';
import { createImportQueries } from './imports/imports.ts';
import { foldPending } from './maintenance/fold.ts';
import { foldAll } from './maintenance/folding.ts';
import { rebuild } from './maintenance/rebuild.ts';
import { verify } from './maintenance/verify.ts';
import { type MigrateOptions, migrateTables } from './migrate.ts';
import { probeDatabase } from './probe.ts';
import { createLoadSeeds } from './seeds.ts';
import { createServerSecretQueries } from './server-secrets.ts';
import { createServicesTaskLifecycleQueries } from './services-task-lifecycle.ts';
import { createServicesTaskQueries } from './services-tasks.ts';
import { createTaskRunQueries } from './task-runs.ts';
import { createTransactions } from './transactions.ts';
import { createVersions } from './versions.ts';

export interface PostgresOptions extends PoolOptions, MigrateOptions {
  /** Rows of a full list block (db/model/blocks.ts); tests use small blocks. Default: BLOCK_SIZE. */
  blockSize?: number | undefined;
}

/** Opens a PostgreSQL database as a store. It connects with the first query. */
export function openPostgres(
  databaseUrl: string,
  { blockSize = BLOCK_SIZE, mustExist, ...options }: PostgresOptions = {},
): Store {
  const pool = createPool(databaseUrl, options);
  const transactions = createTransactions(pool, (transaction) => writeChanges(transaction, blockSize));
  const { read, write } = transactions;
  const versions = createVersions(pool);
  const fold = (batch: number) => write((transaction) => foldPending(transaction, batch, blockSize));
  return {
    servicesTasks: createServicesTaskQueries(pool, write),
    servicesTaskLifecycle: createServicesTaskLifecycleQueries(pool, transactions),
    taskRuns: createTaskRunQueries(pool, write),
    hdpTasks: createHdpTaskQueries(pool, transactions),
    hdpTaskLifecycle: createHdpTaskLifecycleQueries(pool, transactions),
    hdpWebhooks: createHdpWebhookQueries(pool, write),
    imports: createImportQueries({ pool, write, fold: () => foldAll(fold) }),
    access: createAccessQueries(pool, write),
    apiKeys: createApiKeyQueries(pool, write),
    serverSecrets: createServerSecretQueries(pool),
    exportFiles: createExportFileQueries(pool),
    ...versions,
    migrate: () => migrateTables(databaseUrl, { mustExist }),
    loadSeeds: createLoadSeeds(write),
    index: fold,
    verify: (onProgress = () => {}) => read((connection) => verify(connection, onProgress)),
    repair: (onProgress = () => {}) => write((transaction) => rebuild(transaction, onProgress, blockSize)),
    probe: () => probeDatabase(pool),
    snapshot: (work) => transactions.snapshot(work),
    close: pool.close,
  };
}
