/** Errors of the database that exports read. */
import Database from 'better-sqlite3';
import { DatabaseError } from './store.ts';

/**
 * The export source cannot return the rows of an export. The message is for the log of the task and contains no path and no
 * SQL. The cause, if any, is for the log of the server.
 */
export class SourceError extends Error {}

/** A writer holds a lock on the export source. A retry may succeed. */
export class SourceLockedError extends SourceError {}

const CHECK_SOURCE = "The operator of this server must check it; the server's log has the cause.";

const MESSAGES = {
  open: `The export source cannot be opened. ${CHECK_SOURCE}`,
  read: `The export source cannot be read. ${CHECK_SOURCE}`,
  locked: 'The export source is locked by another program. Run the task again when that program has ended.',
};

const isLock = ({ code }: InstanceType<typeof Database.SqliteError>) =>
  /^SQLITE_(BUSY|LOCKED|PROTOCOL)/.test(code);

/**
 * Runs `work` and converts database errors to SourceErrors. Other errors, such as bugs, are thrown unchanged.
 * @param path the path of the source, for the cause
 */
export function translateErrors<T>(path: string, step: 'open' | 'read', work: () => T): T {
  try {
    return work();
  } catch (error) {
    const cause = causeOf(path, error);
    if (!cause) throw error;
    if (cause instanceof Database.SqliteError && isLock(cause)) {
      throw new SourceLockedError(MESSAGES.locked, { cause });
    }
    throw new SourceError(MESSAGES[step], { cause });
  }
}

/** Returns the error with the path in its message, with its class and code; undefined if it is not a database error. */
function causeOf(path: string, error: unknown): Error | undefined {
  if (!(error instanceof Database.SqliteError || error instanceof DatabaseError)) return undefined;
  const message = `${path}: ${error.message}`;
  const cause =
    error instanceof DatabaseError
      ? new DatabaseError(message)
      : new Database.SqliteError(message, error.code);
  if (error.stack !== undefined) cause.stack = error.stack.replace(error.message, () => message);
  return cause;
}
