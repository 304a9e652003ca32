/** Inserts many rows by COPY if none of their unique values is taken. */
import type { CopiedRow, CopyTarget } from './copy.ts';
import { isDuplicate } from './errors.ts';
import type { WriteTransaction } from './transactions.ts';

/** One INSERT costs less for fewer rows, because COPY needs a savepoint. */
export const MIN_COPIED_ROWS = 50;

/** Adds all rows by COPY. @returns false, with nothing written, if there are few rows, or if a unique value is taken */
export async function copyIfNew(
  transaction: WriteTransaction,
  target: CopyTarget,
  rows: readonly CopiedRow[],
): Promise<boolean> {
  if (rows.length < MIN_COPIED_ROWS) return false;
  try {
    await transaction.savepoint(() => transaction.copy(target, rows));
    return true;
  } catch (error) {
    if (isDuplicate(error)) return false;
    throw error;
  }
}
