/**
 * Group commit. Writes of all requests that wait share one transaction and one sync of the disk. Each has its own
 * savepoint, so that one that fails does not harm the others, and each promise resolves after the commit, so that nothing
 * is acknowledged before it is durable. The queue is the only place that begins a write transaction.
 */
import { setTimeout } from 'node:timers/promises';
import type Database from 'better-sqlite3';
import { isBusy } from './errors.ts';
import { WriteTransaction } from './write-transaction.ts';

/**
 * Runs `work`, which awaits nothing, in a write transaction that it may share with other writes.
 * @returns what `work` returned, after the commit
 * @throws what `work` throws; SqliteError SQLITE_BUSY if other connections hold the lock for five seconds
 */
export type Write = <T>(work: (transaction: WriteTransaction) => T) => Promise<T>;

export interface WriteQueue {
  write: Write;
  /**
   * Runs `work` alone, at once, in a separate transaction, and fails if another connection holds the lock.
   * @param busyTimeoutMs how long SQLite itself waits for the lock; everything else in this thread waits with it
   */
  writeNow<T>(work: (transaction: WriteTransaction) => T, busyTimeoutMs: number): T;
  /** The number of commits of this connection. */
  commits(): number;
}

export interface WriteQueueOptions {
  /** Checks whether the database can be written; may throw. */
  beforeBegin?(): void;
  /** Writes the derived data of what a transaction has changed, before its commit. */
  beforeCommit(transaction: WriteTransaction): void;
  /** How long a write is tried while other connections hold the lock; BUSY_TIMEOUT_MS if left out. */
  busyTimeoutMs?: number;
  /** After this time a group takes no more writes; MAX_GROUP_MS if left out. */
  maxGroupMs?: number;
}

/** How long a write is tried, and how long SQLite waits in a read for a lock, which only a recovery takes. */
export const BUSY_TIMEOUT_MS = 5000;

const MAX_BUSY_PAUSE_MS = 20;

/** Bounds of a group, so that neither this thread nor another writer waits long. */
const MAX_GROUP_SIZE = 128;
const MAX_GROUP_MS = 20;

interface PendingWrite {
  /** Runs the work and returns what settles the caller's promise. */
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

  /** @throws what `beforeBegin`, `work`, the derived data or the commit throws, with nothing written */
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

  /** Runs writes in one transaction. @returns how many of them it took */
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
      // The commit failed for all; alone, each gets its own outcome.
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
        // SQLite's own waiting would stop everything else in this thread.
        withBusyTimeout(sqlite, 0, runFirst);
        pause = 1;
        await nextTurn();
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
        // After the requests that have arrived in this turn of the event loop: they share the transaction.
        setImmediate(() => void drain());
      }),
    writeNow: (work, timeoutMs) =>
      withBusyTimeout(sqlite, timeoutMs, () => inTransaction(() => work(transaction))),
    commits: () => commits,
  };
}

const nextTurn = () => new Promise<void>((resolve) => setImmediate(resolve));

function withBusyTimeout<T>(sqlite: Database.Database, milliseconds: number, work: () => T): T {
  sqlite.pragma(`busy_timeout = ${milliseconds}`);
  try {
    return work();
  } finally {
    sqlite.pragma(`busy_timeout = ${BUSY_TIMEOUT_MS}`);
  }
}
