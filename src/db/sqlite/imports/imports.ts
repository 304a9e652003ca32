/**
 * Imports in batches. Each batch of an atomic import is committed, so that other processes can write between two batches.
 * A record of the inserted ids is written in the same transactions, and removed with the last batch. Until then the import
 * can be undone: by its process or, after its lease has expired, by any process.
 */
import type Database from 'better-sqlite3';
import { toRanges } from '../../model/id-ranges.ts';
import type { ImportApi, ImportRecord } from '../../model/import-records.ts';
import type { ImportedTask, ImportOptions, ImportQueries, TaskImport } from '../../queries/imports.ts';
import { ImportLostError, UnfinishedImportError } from '../../store.ts';
import { isUnavailable } from '../errors.ts';
import type { HdpTaskTable } from '../hdp-task-table.ts';
import type { ServicesTaskTable } from '../services-task-table.ts';
import type { AddServicesTask } from '../services-tasks.ts';
import type { Write } from '../write-queue.ts';
import type { WriteTransaction } from '../write-transaction.ts';
import { prepareImportRecords } from './import-records.ts';
import { createTimedBatches } from './timed-batches.ts';
import { prepareUndo } from './undo-import.ts';

interface ImportTables {
  services: ServicesTaskTable;
  hdp: HdpTaskTable;
  addServicesTask: AddServicesTask;
}

/** Adds one kind of task. */
interface TaskAdder<Task> {
  api: ImportApi;
  /** Adds a task. @returns the outcome, and the id if the task was inserted */
  add(transaction: WriteTransaction, task: Task): ImportedTask & { id?: number };
  /** Returns the conflict that `add` would return, from what the database has now. */
  findConflict(task: Task): ImportedTask | undefined;
}

const SMALL_BATCH_MS = 5;

/** Rolls back the transaction of a batch. */
class BatchConflict extends Error {
  constructor(readonly results: ImportedTask[]) {
    super('The identity of a task is taken.');
  }
}

export function createImportQueries(
  sqlite: Database.Database,
  tables: ImportTables,
  write: Write,
  clock: () => number,
): ImportQueries {
  const records = prepareImportRecords(sqlite);
  const runBatch = createTimedBatches(write);
  const undo = prepareUndo(sqlite, tables.services, tables.hdp);
  const chainOf = sqlite.prepare<[number], number>('SELECT chain FROM services_tasks WHERE id = ?').pluck();
  const uuidExists = sqlite.prepare<[string], number>('SELECT 1 FROM hdp_tasks WHERE uuid = ?').pluck();

  /** Undoes an import, also if the import has filled the disk. */
  async function undoWithLittleSpace(record: ImportRecord): Promise<void> {
    // This write nearly always fits. If the rest fails, the next command continues it.
    await write(() => records.endLease(record.id));
    try {
      await undo(record, runBatch);
    } catch (error) {
      if (!isUnavailable(error)) throw error;
      // After a checkpoint, small transactions fit into the existing file of the write-ahead log.
      sqlite.pragma('wal_checkpoint(RESTART)');
      await undo(record, createTimedBatches(write, SMALL_BATCH_MS));
    }
  }

  function start<Task>(adder: TaskAdder<Task>, { isAtomic }: ImportOptions): TaskImport<Task> {
    let record: number | undefined;
    let replaced = 0;

    /** Adds tasks until the time is over. */
    function addSome(transaction: WriteTransaction, tasks: readonly Task[], isTimeOver: () => boolean) {
      const results: ImportedTask[] = [];
      const ids: number[] = [];
      for (const task of tasks) {
        const { id, ...result } = adder.add(transaction, task);
        results.push(result);
        if (id !== undefined) ids.push(id);
        if (isAtomic && result.added === 'conflict') throw new BatchConflict(results);
        if (isTimeOver()) break;
      }
      return { results, ids };
    }

    /** Records an atomic batch, in its transaction. @returns the id of the import's record; undefined if it is finished */
    function recordBatch(ids: readonly number[], isFinished: boolean): number | undefined {
      if (record !== undefined && !records.renew(record, clock())) throw new ImportLostError();
      if (isFinished) {
        if (record !== undefined) records.remove(record);
        return undefined;
      }
      const id = record ?? records.start(adder.api, clock());
      if (ids.length > 0) records.addBatch(id, toRanges(ids));
      return id;
    }

    /** While this import has a record, no other import can begin. */
    const isBlocked = () => record === undefined && records.hasUnfinished(adder.api);

    return {
      isBlocked: async () => isBlocked(),
      async findConflict(tasks) {
        for (const [index, task] of tasks.entries()) {
          const conflict = adder.findConflict(task);
          if (conflict) return { index, conflict };
        }
        return undefined;
      },
      async addBatch(tasks, isLast) {
        try {
          const batch = await runBatch((transaction, isTimeOver) => {
            if (isBlocked()) throw new UnfinishedImportError();
            const { results, ids } = addSome(transaction, tasks, isTimeOver);
            const isFinished = isLast && results.length === tasks.length;
            return { results, record: isAtomic ? recordBatch(ids, isFinished) : undefined };
          });
          record = batch.record;
          replaced += batch.results.filter(({ added }) => added === 'replaced').length;
          return batch.results;
        } catch (error) {
          if (error instanceof BatchConflict) return error.results;
          throw error;
        }
      },
      async undo() {
        if (record !== undefined) await undoWithLittleSpace({ id: record, api: adder.api });
        record = undefined;
      },
      replaced: () => replaced,
    };
  }

  return {
    services({ onConflict, allowChainChange = true, ...options }) {
      const addOptions = { onConflict, allowChainChange };
      return start(
        {
          api: 'services',
          add(transaction, task) {
            const result = tables.addServicesTask(transaction, task, addOptions);
            return result.added === 'inserted' ? { ...result, id: task.id } : result;
          },
          findConflict({ id, chain }) {
            if (onConflict === 'skip') return undefined;
            const ofChain = chainOf.get(id);
            if (ofChain === undefined) return undefined;
            if (onConflict === 'error') return { added: 'conflict' };
            return ofChain === chain || allowChainChange ? undefined : { added: 'conflict', ofChain };
          },
        },
        options,
      );
    },
    hdp({ onConflict, ...options }) {
      return start(
        {
          api: 'hdp',
          add(transaction, task) {
            const id = tables.hdp.insert(transaction, task);
            if (id !== undefined) return { added: 'inserted', id };
            if (onConflict !== 'replace') return { added: onConflict === 'skip' ? 'skipped' : 'conflict' };
            const before = tables.hdp.find(task.uuid);
            if (!before) throw new Error('The task to replace does not exist.');
            tables.hdp.replace(transaction, before, task);
            return { added: 'replaced' };
          },
          findConflict: ({ uuid }) =>
            onConflict === 'error' && uuidExists.get(uuid) !== undefined ? { added: 'conflict' } : undefined,
        },
        options,
      );
    },
    async removeAbandoned({ batchMs, signal } = {}) {
      const runShortBatch = createTimedBatches(write, batchMs);
      let removed = 0;
      for (const expired of records.listExpired(clock()))
        removed += await undo(expired, runShortBatch, signal);
      return removed;
    },
  };
}
