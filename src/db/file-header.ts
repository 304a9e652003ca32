/** Reads the header of an SQLite file, without SQLite: opening a database may change its files. */
import { closeSync, openSync, readSync, statSync } from 'node:fs';

export interface FileHeader {
  applicationId: number;
}

const MAGIC = Buffer.from('SQLite format 3\0');
const HEADER_BYTES = 100;
const APPLICATION_ID_OFFSET = 68;

/**
 * Returns the header of a database file; undefined if the file is not one, for instance an empty file. What a
 * write-ahead log next to the file changes is not in it.
 * @throws the system's error if the file cannot be read
 */
export function readFileHeader(path: string): FileHeader | undefined {
  // Opening a named pipe would wait for its writer.
  if (!statSync(path).isFile()) return undefined;
  const file = openSync(path, 'r');
  try {
    const header = Buffer.alloc(HEADER_BYTES);
    const length = readSync(file, header, 0, HEADER_BYTES, 0);
    if (length < HEADER_BYTES || !header.subarray(0, MAGIC.length).equals(MAGIC)) return undefined;
    return { applicationId: header.readInt32BE(APPLICATION_ID_OFFSET) };
  } finally {
    closeSync(file);
  }
}
