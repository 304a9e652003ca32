/** Errors of the database that exports read. */
import Database from 'better-sqlite3';
import { DatabaseError } from './store.ts';

/**
 * The source cannot give the rows of an export. The message is for the task's log and names no path and no SQL; the cause,
 * if there is one, is for the server's log.
 */
export class SourceError extends Error {}

/** A writer holds a lock on the source; a later attempt may succeed. */
export class SourceLockedError extends SourceError {}

const CHECK_SOURCE = "The operator of this server must check it; the server's log has the cause.";

const SENTENCES = {
  open: `The export source cannot be opened. ${CHECK_SOURCE}`,
  read: `The export source cannot be read. ${CHECK_SOURCE}`,
  locked: 'The export source is locked by another program. Run the task again when that program has ended.',
};

const isLock = ({ code }: InstanceType<typeof Database.SqliteError>) =>
  /^SQLITE_(BUSY|LOCKED|PROTOCOL)/.test(code);

/**
 * Runs `work` and turns errors of the database into SourceErrors. Other errors, such as mistakes of this program, are thrown
 * as they are.
 * @param path of the source: the cause names it
 */
export function translateErrors<T>(path: string, step: 'open' | 'read', work: () => T): T {
  try {
    return work();
  } catch (error) {
    const cause = causeOf(path, error);
    if (!cause) throw error;
    if (cause instanceof Database.SqliteError && isLock(cause)) {
      throw new SourceLockedError(SENTENCES.locked, { cause });
    }
    throw new SourceError(SENTENCES[step], { cause });
  }
}

/** The error with the path in its message, of the same class and code; undefined if it is no error of the database. */
function causeOf(path: string, error: unknown): Error | undefined {
  const cause =
    error instanceof Database.SqliteError
      ? new Database.SqliteError(`${path}: ${error.message}`, error.code)
      : error instanceof DatabaseError
        ? new DatabaseError(`${path}: ${error.message}`)
        : undefined;
  if (cause && error instanceof Error && error.stack !== undefined) {
    cause.stack = error.stack.replace(error.message, () => cause.message);
  }
  return cause;
}
