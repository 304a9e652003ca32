/** Errors of a database that its operator can repair, as sentences that name the database without its password. */
import { DrizzleQueryError } from 'drizzle-orm';
import pg from 'pg';
import { databaseName } from '../../lib/postgres-url.ts';
import { messageOf } from '../../lib/text.ts';
import { DatabaseError } from '../store.ts';
import { isBusy, isFrozen, isTlsFailure, isUnavailable, missingRight } from './errors.ts';

/** Refused credentials, and no such database. The server would refuse them again. */
const REFUSED = /^(28|3D)/;

/** Returns a DatabaseError for an error that the settings of a database cause, and other errors unchanged. */
export function forOperator(databaseUrl: string, error: unknown): unknown {
  if (error instanceof DatabaseError || isFrozen(error) || isBusy(error)) return error;
  if (PASSWORD_MISSING.test(messageOf(causeOf(error)))) {
    return unusable(
      databaseUrl,
      ': it has no password; add it to the URL, or set PGPASSWORD or PGPASSFILE',
      error,
    );
  }
  const right = missingRight(error);
  if (right !== undefined) return forbidden(databaseUrl, right, error);
  if (!isUnavailable(error)) return error;
  const cause = causeOf(error);
  const isRefused = cause instanceof pg.DatabaseError && REFUSED.test(cause.code ?? '');
  const isTemporary = !isRefused && !isTlsFailure(cause);
  return unusable(databaseUrl, `${isTemporary ? ' right now' : ''}: ${messageOf(cause)}`, error);
}

/** The server asks for a password and there is none. Both messages are fixed; one is of the driver. */
const PASSWORD_MISSING = /client password must be a (non-empty )?string|empty password returned by client/;

const causeOf = (error: unknown) => (error instanceof DrizzleQueryError ? error.cause : error);

/** @param reason why the URL cannot be used, for example a certificate that cannot be read */
export const wrongUrl = (databaseUrl: string, reason: unknown) =>
  unusable(databaseUrl, `: ${messageOf(reason)}`, reason);

const unusable = (databaseUrl: string, reason: string, cause: unknown) =>
  new DatabaseError(`The database ${databaseName(databaseUrl)} of DATABASE_URL cannot be used${reason}.`, {
    cause,
  });

const forbidden = (databaseUrl: string, right: string, cause: unknown) =>
  new DatabaseError(
    `The user of the database ${databaseName(databaseUrl)} of DATABASE_URL lacks a right that this command needs: ` +
      `${right}; use the URL of the owner of the database.`,
    { cause },
  );

/** For a user who may not migrate the database. @param hasTables false if there is none yet */
export function mustBeMigrated(databaseUrl: string, hasTables: boolean): DatabaseError {
  const name = databaseName(databaseUrl);
  const remedy = 'run taskgate migrate as the owner of the database';
  return new DatabaseError(
    hasTables
      ? `The tables of the database ${name} are not those of this version, and its user may not change them; ${remedy}.`
      : `The database ${name} has no tables of taskgate, and its user may not create them; ${remedy}.`,
  );
}

export const tablesOfAnotherProgram = (databaseUrl: string) =>
  new DatabaseError(
    `The database ${databaseName(databaseUrl)} has tables of another program, and was not changed; ` +
      'set DATABASE_URL to another database.',
  );

export const wrongEncoding = (databaseUrl: string, encoding: string) =>
  new DatabaseError(
    `The database ${databaseName(databaseUrl)} has the encoding ${encoding}, and taskgate needs UTF8; ` +
      "create another one with CREATE DATABASE name TEMPLATE template0 ENCODING 'UTF8'.",
  );
