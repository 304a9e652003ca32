/** Why a database is refused: by a copy, or because of one. */
import { MAX_ACTION_LENGTH } from '../model/target-fields.ts';
import { DatabaseError } from '../store.ts';

export const notEmpty = (location: string, table: string) =>
  new DatabaseError(
    `The target ${location} is not empty: ${table} has rows; choose an empty database, or compare the two with --verify-only.`,
  );

export const otherSource = (location: string, source: string) =>
  new DatabaseError(
    `The target ${location} is the unfinished copy of ${source}; copy that database again, or choose another target.`,
  );

/** For every command but the copy itself. */
export const unfinishedCopy = (location: string) =>
  new DatabaseError(
    `The database ${location} is an unfinished copy; finish it with taskgate migrate-to before it is used.`,
  );

/** A migration would leave some tables frozen and others not. */
export const frozenBeforeMigration = (location: string) =>
  new DatabaseError(
    `The database ${location} is frozen, so it cannot be migrated to this version; run taskgate unfreeze first.`,
  );

export const notMigrated = (location: string) =>
  new DatabaseError(
    `The database ${location} does not have the tables of this version; run taskgate migrate first.`,
  );

export const targetInUse = (location: string) =>
  new DatabaseError(`Another process copies into ${location}; wait until it has ended.`);

export const actionTooLong = (id: number, length: number) =>
  new DatabaseError(
    `The Services task ${id} cannot be copied: its target.action has ${length} characters, and PostgreSQL stores at most ` +
      `${MAX_ACTION_LENGTH}; remove the task, or import it again with a shorter action.`,
  );

/** @param reason why the database has refused a row */
export const notCopied = (table: string, reason: string) =>
  new DatabaseError(`The rows of ${table} cannot be copied: ${reason}.`);
