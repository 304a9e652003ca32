/**
 * Group commit: all waiting writes share one transaction and one disk sync. Each write has a savepoint, so a failed write
 * does not affect the others. Promises resolve after the commit, so nothing is acknowledged before it is durable. Only the
 * queue begins write transactions.
 */
import { setTimeout } from 'node:timers/promises';
import type Database from 'better-sqlite3';
import { BUSY_TIMEOUT_MS } from './driver.ts';
import { isBusy } from './errors.ts';
import { WriteTransaction } from './write-transaction.ts';

/**
 * Runs `work`, which must be synchronous, in a write transaction that other writes may share.
 * @returns the result of `work`, after the commit
 * @throws the error of `work`; SqliteError SQLITE_BUSY if other connections hold the lock for five seconds
 */
export type Write = <T>(work: (transaction: WriteTransaction) => T) => Promise<T>;

export interface WriteQueue {
  write: Write;
  /**
   * Runs `work` at once, in a separate transaction. It fails if another connection holds the lock.
   * @param busyTimeoutMs how long SQLite waits for the lock; it blocks this thread
   */
  writeNow<T>(work: (transaction: WriteTransaction) => T, busyTimeoutMs: number): T;
  /** The number of commits of this connection. */
  commits(): number;
}

export interface WriteQueueOptions {
  /** Checks whether the database can be written; may throw. */
  beforeBegin?(): void;
  /** Writes the derived data of a transaction. */
  beforeCommit(transaction: WriteTransaction): void;
  /** How long a write is retried while other connections hold the lock. Default: BUSY_TIMEOUT_MS. */
  busyTimeoutMs?: number;
  /** After this time, a group accepts no more writes. Default: MAX_GROUP_MS. */
  maxGroupMs?: number;
}

const MAX_BUSY_PAUSE_MS = 20;

/** Limits of a group, so that neither this thread nor another writer waits long. */
const MAX_GROUP_SIZE = 128;
const MAX_GROUP_MS = 20;

interface PendingWrite {
  /** Runs the work. @returns a function that settles the caller's promise */
  run(transaction: WriteTransaction): () => void;
  reject(error: unknown): void;
  /** Monotonic milliseconds. */
  queuedAt: number;
}

export function createWriteQueue(
  sqlite: Database.Database,
  {
    beforeBegin = () => {},
    beforeCommit,
    busyTimeoutMs = BUSY_TIMEOUT_MS,
    maxGroupMs = MAX_GROUP_MS,
  }: WriteQueueOptions,
): WriteQueue {
  const begin = sqlite.prepare('BEGIN IMMEDIATE');
  const commit = sqlite.prepare('COMMIT');
  const rollback = sqlite.prepare('ROLLBACK');
  const transaction = new WriteTransaction(sqlite);
  let pending: PendingWrite[] = [];
  let isScheduled = false;
  let commits = 0;

  /** Runs `work` between BEGIN and COMMIT. If any step throws, nothing is written. */
  function inTransaction<T>(work: () => T): T {
    beforeBegin();
    begin.run();
    try {
      const result = work();
      beforeCommit(transaction);
      commit.run();
      commits += 1;
      return result;
    } catch (error) {
      if (sqlite.inTransaction) rollback.run();
      throw error;
    } finally {
      transaction.changes.clear();
    }
  }

  /** Runs the first of the writes in one transaction. @returns how many it ran */
  function runGroup(group: readonly PendingWrite[]): number {
    const settlements: (() => void)[] = [];
    const startedAt = performance.now();
    inTransaction(() => {
      for (const write of group) {
        settlements.push(runInSavepoint(write));
        if (performance.now() - startedAt > maxGroupMs) break;
      }
    });
    for (const settle of settlements) settle();
    return settlements.length;
  }

  function runInSavepoint(write: PendingWrite): () => void {
    try {
      return transaction.savepoint(() => write.run(transaction));
    } catch (error) {
      if (!sqlite.inTransaction) throw error;
      return () => write.reject(error);
    }
  }

  function runAlone(write: PendingWrite): void {
    try {
      inTransaction(() => write.run(transaction))();
    } catch (error) {
      if (isBusy(error)) throw error;
      write.reject(error);
    }
  }

  /** Runs the first writes of the queue. @throws SqliteError SQLITE_BUSY if another connection holds the lock */
  function runFirst(): void {
    const group = pending.slice(0, MAX_GROUP_SIZE);
    const [first] = group;
    if (!first) return;
    if (group.length === 1) {
      runAlone(first);
      pending.shift();
      return;
    }
    try {
      pending.splice(0, runGroup(group));
    } catch (error) {
      if (isBusy(error)) throw error;
      // The commit failed for all writes. Run alone, each write gets its result.
      for (const write of group) {
        runAlone(write);
        pending.shift();
      }
    }
  }

  async function drain(): Promise<void> {
    let pause = 1;
    while (pending.length > 0) {
      try {
        // SQLite's busy timeout would block this thread.
        withBusyTimeout(sqlite, 0, runFirst);
        pause = 1;
        await nextIteration();
      } catch (error) {
        if (isBusy(error)) rejectQueued(error, performance.now() - busyTimeoutMs);
        else rejectQueued(error, Number.POSITIVE_INFINITY);
        await setTimeout(pause);
        pause = Math.min(2 * pause, MAX_BUSY_PAUSE_MS);
      }
    }
    isScheduled = false;
  }

  /** Rejects the writes that were queued before a time. */
  function rejectQueued(error: unknown, before: number): void {
    const rejected = pending.filter(({ queuedAt }) => queuedAt < before);
    pending = pending.filter(({ queuedAt }) => queuedAt >= before);
    for (const write of rejected) write.reject(error);
  }

  return {
    write: (work) =>
      new Promise((resolve, reject) => {
        pending.push({
          run(open) {
            const result = work(open);
            return () => resolve(result);
          },
          reject,
          queuedAt: performance.now(),
        });
        if (isScheduled) return;
        isScheduled = true;
        // setImmediate lets all requests of this iteration of the event loop share the transaction.
        setImmediate(() => void drain());
      }),
    writeNow: (work, timeoutMs) =>
      withBusyTimeout(sqlite, timeoutMs, () => inTransaction(() => work(transaction))),
    commits: () => commits,
  };
}

const nextIteration = () => new Promise<void>((resolve) => setImmediate(resolve));

function withBusyTimeout<T>(sqlite: Database.Database, milliseconds: number, work: () => T): T {
  sqlite.pragma(`busy_timeout = ${milliseconds}`);
  try {
    return work();
  } finally {
    sqlite.pragma(`busy_timeout = ${BUSY_TIMEOUT_MS}`);
  }
}
