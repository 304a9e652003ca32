import type Database from 'better-sqlite3';
import { type Changes, createChanges } from '../model/changes.ts';

/**
 * The open write transaction of a connection, and its changes so far. Functions that change a task, a credential or a scope
 * take it as an argument, and only the write queue creates it. So no change happens outside a transaction or without its
 * derived data.
 */
export class WriteTransaction {
  readonly changes: Changes = createChanges();
  readonly #sqlite: Database.Database;
  readonly #begin: Database.Statement;
  readonly #release: Database.Statement;
  readonly #rollback: Database.Statement;

  constructor(sqlite: Database.Database) {
    this.#sqlite = sqlite;
    this.#begin = sqlite.prepare('SAVEPOINT work');
    this.#release = sqlite.prepare('RELEASE work');
    this.#rollback = sqlite.prepare('ROLLBACK TO work');
  }

  /** Runs `work` in a savepoint. If it throws, its changes are rolled back and the transaction continues. */
  savepoint<T>(work: () => T): T {
    const mark = this.changes.mark();
    this.#begin.run();
    try {
      const result = work();
      this.#release.run();
      return result;
    } catch (error) {
      // A full disk can end the whole transaction.
      if (this.#sqlite.inTransaction) {
        this.#rollback.run();
        this.#release.run();
        this.changes.rollbackTo(mark);
      }
      throw error;
    }
  }
}
