/** Tells the errors of both dialects apart. Loads the drivers but not Drizzle, because every command imports it. */
import * as postgresErrors from './postgres/errors.ts';
import * as sqliteErrors from './sqlite/errors.ts';

/** True if another connection holds a lock. */
export const isBusy = (error: unknown): boolean => sqliteErrors.isBusy(error) || postgresErrors.isBusy(error);

/** True if a frozen database has refused a change. */
export const isFrozen = (error: unknown): boolean =>
  sqliteErrors.isFrozen(error) || postgresErrors.isFrozen(error);

/** True if the database is unavailable; the request itself is valid. */
export const isUnavailable = (error: unknown): boolean =>
  sqliteErrors.isUnavailable(error) || postgresErrors.isUnavailable(error);

/** True if the error reports damaged data. */
export const isDamaged = (error: unknown): boolean =>
  sqliteErrors.isDamaged(error) || postgresErrors.isDamaged(error);

/** Returns the name of the table that an error says is missing; undefined for other errors. */
export const missingTable = (error: unknown): string | undefined =>
  sqliteErrors.missingTable(error) ?? postgresErrors.missingTable(error);

/** Returns what the server says if the user of the database lacks a right; undefined for other errors. */
export const missingRight = (error: unknown): string | undefined => postgresErrors.missingRight(error);

export { DatabaseError } from './store.ts';
