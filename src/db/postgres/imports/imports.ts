/**
 * Imports in batches. Each batch of an atomic import is committed. A record of the inserted ids is written in the same
 * transactions, and removed with the last batch. Until then the import can be undone: by its process or, after its lease has
 * expired, by any process.
 */
import { toRanges } from '../../model/id-ranges.ts';
import type { ImportedTask, ImportOptions, ImportQueries, TaskImport } from '../../queries/imports.ts';
import { ImportLostError, UnfinishedImportError } from '../../store.ts';
import type { Clock } from '../clock.ts';
import type { Pool } from '../connection.ts';
import { withoutIds } from '../task-addition.ts';
import type { Write, WriteTransaction } from '../transactions.ts';
import {
  addImportBatch,
  endImport,
  hasUnfinishedImport,
  listExpiredImports,
  lockImports,
  removeImport,
  renewImport,
  startImport,
} from './import-records.ts';
import { hdpAdder, servicesAdder, type TaskAdder } from './task-adders.ts';
import { undoImport } from './undo-import.ts';

/**
 * Limits for the tasks that one transaction adds. Other writers do not wait for it. In a large batch, more tasks share a
 * block of a list, which is written once.
 */
const FIRST_BATCH_SIZE = 4000;
const MIN_BATCH_SIZE = 1000;
const MAX_BATCH_SIZE = 20_000;

/** The time that a batch may take. A stop signal waits for it. */
const BATCH_MS = 2000;

/** A crash of the server may lose such commits. The last commit of an import makes all of them durable. */
const COMMIT_LATER = 'SET LOCAL synchronous_commit = off';

/** Rolls back the transaction of a batch. */
class BatchConflict extends Error {
  constructor(readonly results: ImportedTask[]) {
    super('The identity of a task is taken.');
  }
}

export interface ImportDependencies {
  pool: Pool;
  write: Write;
  clock: Clock;
  /** Folds the pending changes, so that an import leaves few of them. */
  fold(): Promise<void>;
}

export function createImportQueries({ pool, write, clock, fold }: ImportDependencies): ImportQueries {
  function start<Task>(adder: TaskAdder<Task>, { isAtomic }: ImportOptions): TaskImport<Task> {
    const { api } = adder;
    let record: number | undefined;
    let replaced = 0;
    let batchSize = FIRST_BATCH_SIZE;

    /** Adapts the size of the next batch to the time of this one. */
    function adaptBatchSize(ms: number): void {
      const factor = Math.min(2, Math.max(1 / 2, BATCH_MS / ms));
      batchSize = Math.min(MAX_BATCH_SIZE, Math.max(MIN_BATCH_SIZE, Math.round(batchSize * factor)));
    }

    /** Adds tasks and records the batch. */
    async function addInTransaction(
      transaction: WriteTransaction,
      tasks: readonly Task[],
      isFinished: boolean,
    ) {
      if (isAtomic && !isFinished) await transaction.exec(COMMIT_LATER);
      await lockImports(transaction, api);
      if (record === undefined && (await hasUnfinishedImport(transaction, api)))
        throw new UnfinishedImportError();
      const added = await adder.add(transaction, tasks, isAtomic);
      const results = withoutIds(added);
      if (isAtomic && results.some((result) => result.added === 'conflict')) throw new BatchConflict(results);
      const ids = added.flatMap(({ id }) => id ?? []);
      return { results, record: isAtomic ? await recordBatch(transaction, ids, isFinished) : undefined };
    }

    /** Records an atomic batch. @returns the id of the import's record; undefined if it is finished */
    async function recordBatch(
      transaction: WriteTransaction,
      ids: readonly number[],
      isFinished: boolean,
    ): Promise<number | undefined> {
      if (record !== undefined && !(await renewImport(transaction, record, clock())))
        throw new ImportLostError();
      if (isFinished) {
        if (record !== undefined) await removeImport(transaction, record);
        return undefined;
      }
      const id = record ?? (await startImport(transaction, api, clock()));
      if (ids.length > 0) await addImportBatch(transaction, id, toRanges(ids));
      return id;
    }

    return {
      isBlocked: async () => record === undefined && (await hasUnfinishedImport(pool, api)),
      findConflict: (tasks) => adder.findConflict(pool, tasks),
      async addBatch(tasks, isLast) {
        const batch = tasks.slice(0, batchSize);
        const startedAt = performance.now();
        const isFinished = isLast && batch.length === tasks.length;
        try {
          const added = await write((transaction) => addInTransaction(transaction, batch, isFinished));
          record = added.record;
          replaced += added.results.filter((result) => result.added === 'replaced').length;
          await fold();
          if (batch.length === batchSize) adaptBatchSize(performance.now() - startedAt);
          return added.results;
        } catch (error) {
          if (error instanceof BatchConflict) return error.results;
          throw error;
        }
      },
      async undo() {
        if (record === undefined) return;
        await endImport(pool, record);
        await undoImport(write, { id: record, api });
        record = undefined;
      },
      replaced: () => replaced,
    };
  }

  return {
    services: ({ onConflict, allowChainChange = true, ...options }) =>
      start(servicesAdder({ onConflict, allowChainChange }), options),
    hdp: ({ onConflict, ...options }) => start(hdpAdder(onConflict), options),
    async removeAbandoned({ signal } = {}) {
      let removed = 0;
      for (const expired of await listExpiredImports(pool, clock()))
        removed += await undoImport(write, expired, signal);
      return removed;
    },
  };
}
