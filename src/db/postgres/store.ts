import { BLOCK_SIZE } from '../model/blocks.ts';
import type { Store } from '../store.ts';
import { createAccessQueries } from './access.ts';
import { createApiKeyQueries } from './api-keys.ts';
import type { Clock } from './clock.ts';
import { createPool, type PoolOptions } from './connection.ts';
import { writeChanges } from './derived-data.ts';
import { createExportFileQueries } from './export-files.ts';
import { createFigureQueries } from './figures.ts';
import { createHdpTaskLifecycleQueries } from './hdp-task-lifecycle.ts';
import { createHdpTaskQueries } from './hdp-tasks.ts';
import { createHdpWebhookQueries } from './hdp-webhooks.ts';
import { createImportQueries } from './imports/imports.ts';
import { createListReader } from './list-reader.ts';
import { foldPending } from './maintenance/fold.ts';
import { foldAll } from './maintenance/folding.ts';
import { buildMissing, rebuild } from './maintenance/rebuild.ts';
import { verify } from './maintenance/verify.ts';
import { type MigrateOptions, migrateTables } from './migrate.ts';
import { probeDatabase } from './probe.ts';
import { createReplicas, type ReplicaOptions } from './replicas.ts';
import { createLoadSeeds } from './seeds.ts';
import { createServerSecretQueries } from './server-secrets.ts';
import { createServicesTaskLifecycleQueries } from './services-task-lifecycle.ts';
import { createServicesTaskQueries } from './services-tasks.ts';
import { createTaskRunQueries } from './task-runs.ts';
import { createTransactions } from './transactions.ts';
import { createVersions } from './versions.ts';

/** How long the round trip may take that confirms that responses are current. It takes a fraction of a millisecond. */
const CONFIRMATION_TIMEOUT_MS = 3000;

export interface PostgresOptions extends PoolOptions, MigrateOptions, ReplicaOptions {
  /** The URLs of replicas, which answer lists and searches. */
  databaseReplicaUrls?: readonly string[] | undefined;
  /** Rows of a full list block (db/model/blocks.ts); tests use small blocks. Default: BLOCK_SIZE. */
  blockSize?: number | undefined;
  /** False to write no figures, which are wrong then: the bench measures what they cost. Default: true. */
  countsFigures?: boolean | undefined;
  /** Replaces the clock of the server (clock.ts), for tests. */
  leaseClock?(): number;
}

/** Opens a PostgreSQL database as a store. It connects with the first query. */
export function openPostgres(
  databaseUrl: string,
  {
    blockSize = BLOCK_SIZE,
    countsFigures = true,
    mustExist,
    leaseClock,
    isCopyTarget,
    databaseReplicaUrls: replicaUrls = [],
    ...options
  }: PostgresOptions = {},
): Store {
  const clock: Clock = leaseClock ?? (() => null);
  const pool = createPool(databaseUrl, options);
  const transactions = createTransactions(pool, (transaction) =>
    writeChanges(transaction, { blockSize, countsFigures }),
  );
  const { read, write } = transactions;
  // Its own connection: it must not wait for the queries of other requests.
  const confirmations = createPool(databaseUrl, {
    ...options,
    maxConnections: 1,
    statementTimeoutMs: CONFIRMATION_TIMEOUT_MS,
  });
  // If the server is silent, queries on the connections that are open would wait much longer than for a new one.
  const { replicaNeeds, ...versions } = createVersions(confirmations, pool.cutIdle);
  const replicas = replicaUrls.length > 0 ? createReplicas(replicaUrls, options) : undefined;
  const readList = createListReader({ pool, read, versions: { ...versions, replicaNeeds }, replicas });
  const fold = (batch: number) => write((transaction) => foldPending(transaction, batch, blockSize));
  return {
    servicesTasks: createServicesTaskQueries(pool, write, readList),
    servicesTaskLifecycle: createServicesTaskLifecycleQueries(pool, transactions, clock),
    taskRuns: createTaskRunQueries(pool, write, clock),
    hdpTasks: createHdpTaskQueries(pool, write, readList),
    hdpTaskLifecycle: createHdpTaskLifecycleQueries(pool, transactions, clock),
    hdpWebhooks: createHdpWebhookQueries(pool, write, clock),
    figures: createFigureQueries(readList),
    imports: createImportQueries({ pool, write, clock, fold: () => foldAll(fold) }),
    access: createAccessQueries(pool, write),
    apiKeys: createApiKeyQueries(pool, write),
    serverSecrets: createServerSecretQueries(pool),
    exportFiles: createExportFileQueries(pool),
    ...versions,
    async migrate() {
      const isNew = await migrateTables(databaseUrl, { mustExist, isCopyTarget });
      await write((transaction) => buildMissing(transaction, blockSize));
      return isNew;
    },
    loadSeeds: createLoadSeeds(write),
    index: fold,
    verify: (onProgress = () => {}) => read((connection) => verify(connection, onProgress)),
    repair: (onProgress = () => {}) => write((transaction) => rebuild(transaction, onProgress, blockSize)),
    probe: () => probeDatabase(confirmations),
    snapshot: (work) => transactions.snapshot(work),
    async close() {
      await Promise.all([pool, confirmations, replicas].map((connections) => connections?.close()));
    },
  };
}
