/** Transactions that read one snapshot, and transactions that write. */
import { setTimeout } from 'node:timers/promises';
import { type Changes, createChanges } from '../model/changes.ts';
import type { Connection, Pool, ReservedConnection } from './connection.ts';
import { isAfterFailure, isRetryable } from './errors.ts';
import type { Statement } from './statements.ts';

/** The open write transaction, and its changes so far, whose derived data is written before the commit. */
export interface WriteTransaction extends ReservedConnection {
  readonly changes: Changes;
  /** Sends a statement whose result nothing needs. The commit waits for it, and fails if it fails. */
  send<Values extends object>(statement: Statement<Values, unknown>, values: Values): void;
  /** Runs `work` in a savepoint. If it throws, its changes are rolled back and the transaction continues. */
  savepoint<T>(work: () => Promise<T>): Promise<T>;
}

/** Runs `work`, which must only read, in one snapshot of the data. */
export type Read = <T>(work: (connection: Connection) => Promise<T>) => Promise<T>;

/** Where a query reads. */
export interface Reader {
  /** Runs single statements. */
  connection: Connection;
  /** Runs several statements in one snapshot. */
  read: Read;
}

/** Reads with one connection. */
export const readerOf = (connection: Connection): Reader => ({
  connection,
  read: (work) => inTransaction(connection, BEGIN_READ, () => work(connection)),
});

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

/** To compile a statement takes longer than to run one that reads a few thousand rows. */
const BEGIN_READ = 'BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY; SET LOCAL jit = off';

/** The guard of the tables (migration `guard`) lets only these transactions write. */
const BEGIN_WRITE = "BEGIN; SET LOCAL taskgate.writes = 'on'";

/** @param writeChanges writes the derived data of a transaction */
export function createTransactions(
  pool: Pool,
  writeChanges: (transaction: WriteTransaction) => Promise<void>,
): Transactions {
  async function writeOnce<T>(work: (transaction: WriteTransaction) => Promise<T>): Promise<T> {
    return pool.withConnection((connection) => {
      const { transaction, sent } = createWriteTransaction(connection);
      const run = async () => {
        const result = await work(transaction);
        await writeChanges(transaction);
        return result;
      };
      return inTransaction(connection, BEGIN_WRITE, run, sent);
    });
  }

  async function read<T>(work: (connection: Connection) => Promise<T>): Promise<T> {
    const pinned = pool.pinned();
    if (pinned) return work(pinned);
    return pool.withConnection((connection) => readerOf(connection).read(work));
  }

  return {
    read,
    snapshot: (work) =>
      read(async (connection) => {
        // An export waits for its reader.
        await connection.exec('SET LOCAL idle_in_transaction_session_timeout = 0');
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

/**
 * Runs `work` in a transaction. BEGIN shares a round trip with the first statement, and COMMIT with the last ones: after a
 * statement that failed, COMMIT rolls back.
 * @param sent the ends of the statements that `work` sends
 */
async function inTransaction<T>(
  connection: Connection,
  begin: string,
  work: () => Promise<T>,
  sent: Promise<unknown>[] = [],
): Promise<T> {
  const begun = connection.exec(begin);
  sent.push(begun);
  // Its error is thrown below, unless `work` fails first.
  begun.catch(() => undefined);
  try {
    const result = await work();
    await Promise.all([...sent, connection.exec('COMMIT')]);
    return result;
  } catch (error) {
    // If this fails too, the connection is lost, and the server rolls back.
    await connection.exec('ROLLBACK').catch(() => undefined);
    throw await firstError(error, sent);
  }
}

/** Returns the error of the statement that failed first, and that made the transaction refuse the statements after it. */
async function firstError(error: unknown, sent: readonly Promise<unknown>[]): Promise<unknown> {
  if (!isAfterFailure(error)) return error;
  for (const end of await Promise.allSettled(sent)) {
    if (end.status === 'rejected' && !isAfterFailure(end.reason)) return end.reason;
  }
  return error;
}

function createWriteTransaction(connection: ReservedConnection) {
  const changes = createChanges();
  const sent: Promise<unknown>[] = [];
  const transaction: WriteTransaction = {
    ...connection,
    changes,
    send(statement, values) {
      const ended = connection.run(statement, values);
      // The commit, or the savepoint, throws its error.
      ended.catch(() => undefined);
      sent.push(ended);
    },
    async savepoint(work) {
      const mark = changes.mark();
      await connection.exec('SAVEPOINT work');
      const before = sent.length;
      try {
        const result = await work();
        await Promise.all([...sent.slice(before), connection.exec('RELEASE work')]);
        return result;
      } catch (error) {
        await connection.exec('ROLLBACK TO work; RELEASE work');
        changes.rollbackTo(mark);
        throw await firstError(error, sent.splice(before));
      }
    },
  };
  return { transaction, sent };
}
