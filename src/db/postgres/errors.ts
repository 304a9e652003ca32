import pg from 'pg';
import { BusyError } from '../store.ts';

const codeOf = (error: unknown): string | undefined =>
  error instanceof pg.DatabaseError ? error.code : undefined;

/** True for a transaction that can simply run again: a deadlock, or a conflict of two snapshots. */
export const isRetryable = (error: unknown): boolean => ['40001', '40P01'].includes(codeOf(error) ?? '');

/** True if a row has the value of another row in a unique column. */
export const isDuplicate = (error: unknown): boolean => codeOf(error) === '23505';

/** True for a statement that did not run, because an earlier one of its transaction had failed. */
export const isAfterFailure = (error: unknown): boolean => codeOf(error) === '25P02';

/** True if another connection holds a lock. */
export const isBusy = (error: unknown): boolean => ['55P03', '40001', '40P01'].includes(codeOf(error) ?? '');

/** True if the server has canceled the statement: it took too long, or on a replica, it kept the log from being replayed. */
export const isCanceled = (error: unknown): boolean => ['57014', '40001'].includes(codeOf(error) ?? '');

const READ_ONLY = '25006';

/** True if the server accepts no writes, for example because another one has become the primary. */
export const isReadOnly = (error: unknown): boolean => codeOf(error) === READ_ONLY;

/**
 * SQLSTATE codes of errors that are no fault of the statement.
 * - 08 connection, 53 resources (too many connections, full disk), 57 operator (stop, start, cancelled or too slow
 *   statement), 58 system
 * - 28 and 3D000: the server refuses the user or has no such database, although it once did not
 * - 25006 read-only server, 25P03 and 25P04 transaction that took too long
 * - 40001, 40003, 40P01, 55P03 conflicts with other transactions
 */
const UNAVAILABLE = new RegExp(`^(08|28|53|57|58)|^(3D000|${READ_ONLY}|25P0[34]|40001|40003|40P01|55P03)$`);

/** Codes of Node.js for a certificate that is not trusted, or for another failure of TLS. */
const TLS = /^(CERT_|DEPTH_ZERO_SELF_SIGNED_CERT|SELF_SIGNED_CERT|UNABLE_TO_|ERR_TLS_|ERR_SSL_|EPROTO)/;

/** Messages of the driver about TLS. */
const NO_TLS = /^The server does not support SSL|^There was an error establishing an SSL connection/;

/** True if TLS, as the URL demands it, is not possible: for example, the certificate of the server is not trusted. */
export const isTlsFailure = (error: unknown): boolean =>
  error instanceof Error && (NO_TLS.test(error.message) || ('code' in error && TLS.test(String(error.code))));

/** True if the server has not answered in time. The connection cannot be used any more. */
export const isAnswerTimeout = (error: unknown): boolean =>
  error instanceof Error && error.message === 'Query read timeout';

/** The SQLSTATE with which a frozen database refuses changes, in the class "operator intervention". */
export const FROZEN_CODE = '57FRZ';

/** True if a frozen database has refused a change. */
export function isFrozen(error: unknown): boolean {
  for (let cause = error; cause instanceof Error; cause = cause.cause)
    if (codeOf(cause) === FROZEN_CODE) return true;
  return false;
}

/** Errors of sockets, and of the driver when a connection is lost or no connection is free. */
const UNREACHABLE = new RegExp(
  [
    '^(ECONN|EPIPE|ETIMEDOUT|EHOSTUNREACH|ENETUNREACH|ENOTFOUND|EAI_AGAIN)',
    '^Connection terminated',
    '^timeout e(xceeded when trying to connect|xpired)',
    '^Client (has encountered a connection error|was closed)',
    'after calling end on the pool',
  ].join('|'),
);

/** True if the database is unavailable (stopped, unreachable, out of connections or disk); the request itself is valid. */
export function isUnavailable(error: unknown): boolean {
  for (let cause = error; cause instanceof Error; cause = cause.cause) {
    if (cause instanceof BusyError || isAnswerTimeout(cause)) return true;
    if (cause instanceof pg.DatabaseError) return UNAVAILABLE.test(cause.code ?? '');
    const code = 'code' in cause ? String(cause.code) : '';
    if (isTlsFailure(cause) || UNREACHABLE.test(code) || UNREACHABLE.test(cause.message)) return true;
  }
  return false;
}

/** True if the error reports damaged data (SQLSTATE class XX001, XX002). */
export const isDamaged = (error: unknown): boolean => /^XX00[12]$/.test(codeOf(error) ?? '');

/** Returns what the server says if its user lacks a right; undefined for other errors. */
export function missingRight(error: unknown): string | undefined {
  for (let cause = error; cause instanceof Error; cause = cause.cause)
    if (codeOf(cause) === '42501') return cause.message;
  return undefined;
}

/** Returns the name of the table that an error says is missing; undefined for other errors. */
export const missingTable = (error: unknown): string | undefined =>
  error instanceof pg.DatabaseError && error.code === '42P01'
    ? /^relation "(.+)" does not exist$/.exec(error.message)?.[1]
    : undefined;
