import pg from 'pg';
import { BusyError } from '../store.ts';

const codeOf = (error: unknown): string | undefined =>
  error instanceof pg.DatabaseError ? error.code : undefined;

/** True for a transaction that can simply run again: a deadlock, or a conflict of two snapshots. */
export const isRetryable = (error: unknown): boolean => ['40001', '40P01'].includes(codeOf(error) ?? '');

/** True if a row has the value of another row in a unique column. */
export const isDuplicate = (error: unknown): boolean => codeOf(error) === '23505';

/** True if another connection holds a lock. */
export const isBusy = (error: unknown): boolean => ['55P03', '40001', '40P01'].includes(codeOf(error) ?? '');

/** Codes of errors of the server or of the way to it (SQLSTATE classes 08, 53, 57, 58; read-only server). */
const UNAVAILABLE = /^(08|53|57|58)|^(25006|55P03|40001|40P01)$/;

/** Errors of sockets, and of the driver when a connection is lost or no connection is free. */
const UNREACHABLE =
  /^(ECONN|EPIPE|ETIMEDOUT|EHOSTUNREACH|ENETUNREACH|ENOTFOUND|EAI_AGAIN)|^Connection terminated|timeout exceeded when trying to connect|^Client has encountered a connection error|after calling end on the pool/;

/** True if the database is unavailable (stopped, unreachable, out of connections or disk); the request itself is valid. */
export function isUnavailable(error: unknown): boolean {
  for (let cause = error; cause instanceof Error; cause = cause.cause) {
    if (cause instanceof BusyError) return true;
    if (cause instanceof pg.DatabaseError) return UNAVAILABLE.test(cause.code ?? '');
    const code = 'code' in cause ? String(cause.code) : '';
    if (UNREACHABLE.test(code) || UNREACHABLE.test(cause.message)) return true;
  }
  return false;
}

/** True if the error reports damaged data (SQLSTATE class XX001, XX002). */
export const isDamaged = (error: unknown): boolean => /^XX00[12]$/.test(codeOf(error) ?? '');

/** Returns the name of the table that an error says is missing; undefined for other errors. */
export const missingTable = (error: unknown): string | undefined =>
  error instanceof pg.DatabaseError && error.code === '42P01'
    ? /^relation "(.+)" does not exist$/.exec(error.message)?.[1]
    : undefined;
