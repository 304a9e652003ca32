/** Transactions that read one snapshot, and transactions that write. */
import { setTimeout } from 'node:timers/promises';
import { type Changes, createChanges } from '../model/changes.ts';
import type { Connection, Pool, ReservedConnection } from './connection.ts';
import { isRetryable } from './errors.ts';

/** The open write transaction, and its changes so far, whose derived data is written before the commit. */
export interface WriteTransaction extends ReservedConnection {
  readonly changes: Changes;
  /** Runs `work` in a savepoint. If it throws, its changes are rolled back and the transaction continues. */
  savepoint<T>(work: () => Promise<T>): Promise<T>;
}

/** Runs `work`, which must only read, in one snapshot of the data. */
export type Read = <T>(work: (connection: Connection) => Promise<T>) => Promise<T>;

/**
 * Runs `work` in a transaction and commits it. If the database chose the transaction as the victim of a deadlock, `work` runs
 * again, so it must not change anything outside of the transaction.
 */
export type Write = <T>(work: (transaction: WriteTransaction) => Promise<T>) => Promise<T>;

export interface Transactions {
  read: Read;
  write: Write;
  /** Runs `work` while all queries of the pool read one snapshot. Only commands call it, not the server. */
  snapshot<T>(work: () => Promise<T>): Promise<T>;
}

const MAX_ATTEMPTS = 10;

const BEGIN_READ = 'BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY';

/** The guard of the tables (migration `guard`) lets only these transactions write. */
const BEGIN_WRITE = "BEGIN; SET LOCAL taskgate.writes = 'on'";

/** @param writeChanges writes the derived data of a transaction */
export function createTransactions(
  pool: Pool,
  writeChanges: (transaction: WriteTransaction) => Promise<void>,
): Transactions {
  async function writeOnce<T>(work: (transaction: WriteTransaction) => Promise<T>): Promise<T> {
    return pool.withConnection((connection) =>
      inTransaction(connection, BEGIN_WRITE, async () => {
        const transaction = { ...connection, ...withSavepoints(connection) };
        const result = await work(transaction);
        await writeChanges(transaction);
        return result;
      }),
    );
  }

  async function read<T>(work: (connection: Connection) => Promise<T>): Promise<T> {
    const pinned = pool.pinned();
    if (pinned) return work(pinned);
    return pool.withConnection((connection) => inTransaction(connection, BEGIN_READ, () => work(connection)));
  }

  return {
    read,
    snapshot: (work) =>
      read(async (connection) => {
        pool.pin(connection);
        try {
          return await work();
        } finally {
          pool.pin(undefined);
        }
      }),
    async write(work) {
      for (let attempt = 1; ; attempt += 1) {
        try {
          return await writeOnce(work);
        } catch (error) {
          if (attempt === MAX_ATTEMPTS || !isRetryable(error)) throw error;
          // Different for each attempt, so that two transactions do not meet again.
          await setTimeout(Math.random() * 5 * attempt);
        }
      }
    },
  };
}

async function inTransaction<T>(connection: Connection, begin: string, work: () => Promise<T>): Promise<T> {
  await connection.exec(begin);
  try {
    const result = await work();
    await connection.exec('COMMIT');
    return result;
  } catch (error) {
    // If this fails too, the connection is lost, and the server rolls back.
    await connection.exec('ROLLBACK').catch(() => undefined);
    throw error;
  }
}

function withSavepoints(connection: Connection): Pick<WriteTransaction, 'changes' | 'savepoint'> {
  const changes = createChanges();
  return {
    changes,
    async savepoint(work) {
      const mark = changes.mark();
      await connection.exec('SAVEPOINT work');
      try {
        const result = await work();
        await connection.exec('RELEASE work');
        return result;
      } catch (error) {
        await connection.exec('ROLLBACK TO work; RELEASE work');
        changes.rollbackTo(mark);
        throw error;
      }
    },
  };
}
