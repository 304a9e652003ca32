/** Column types of PostgreSQL that Drizzle lacks. */
import { bigint, customType } from 'drizzle-orm/pg-core';

/** A 64-bit integer as a number. All integers of the product are exact as numbers. */
export function int8(name = '') {
  return name === '' ? bigint({ mode: 'number' }) : bigint(name, { mode: 'number' });
}

/** Bytes as a Buffer. */
export const bytea = customType<{ data: Buffer }>({ dataType: () => 'bytea' });

/** Text that is ordered by its code units, whatever the collation of the database is. */
export const codeUnits = customType<{ data: string }>({ dataType: () => 'text COLLATE "C"' });
