import { ActionError } from '../actions/action.ts';
import type { Cell } from '../db/export-source.ts';
import type { ExportFormat } from './formats.ts';

const MAX_BATCH_ROWS = 500;

/** A batch ends with the row that reaches this size. Memory holds several copies of the text of a batch. */
const MAX_BATCH_BYTES = 256 * 1024;

/** The limit for the text of a row in the file. Memory holds several copies of it. */
const MAX_ROW_BYTES = 64 * 1024 * 1024;

/** The longest encoding of a character: JSON writes a control character as `\u0000`. */
const MAX_CHARACTER_BYTES = 6;

/**
 * Groups rows into batches, limited by number and size of rows.
 * @throws ActionError for a row that is too large to be written
 */
export function* inBatches(rows: Iterable<Cell[]>, format: ExportFormat): Generator<Cell[][]> {
  let batch: Cell[][] = [];
  let bytes = 0;
  let count = 0;
  for (const row of rows) {
    count += 1;
    const characters = sum(row, lengthOf);
    const isSmall = characters * MAX_CHARACTER_BYTES <= MAX_ROW_BYTES;
    const rowBytes = isSmall ? characters : sum(row, (cell) => writtenBytes(cell, format));
    if (rowBytes > MAX_ROW_BYTES) {
      throw new ActionError(
        `Row ${count} of the export has ${megabytes(rowBytes)} MB; a row may have up to ${megabytes(MAX_ROW_BYTES)} MB.`,
      );
    }
    batch.push(row);
    bytes += rowBytes;
    if (batch.length < MAX_BATCH_ROWS && bytes < MAX_BATCH_BYTES) continue;
    yield batch;
    batch = [];
    bytes = 0;
  }
  if (batch.length > 0) yield batch;
}

const sum = (row: readonly Cell[], sizeOf: (cell: Cell) => number): number =>
  row.reduce<number>((total, cell) => total + sizeOf(cell), 0);

/** Returns the approximate length of a cell's text. A blob has two digits per byte. */
function lengthOf(cell: Cell): number {
  if (typeof cell === 'string') return cell.length;
  return Buffer.isBuffer(cell) ? cell.length * 2 : 8;
}

/** Returns the number of bytes of a cell's text in the file, including the escaping of the format. */
function writtenBytes(cell: Cell, format: ExportFormat): number {
  if (typeof cell !== 'string') return lengthOf(cell);
  let added = 0;
  for (let at = 0; at < cell.length; at += 1) {
    const code = cell.charCodeAt(at);
    if (code === QUOTE) added += 1;
    else if (format === 'json') added += code < SPACE ? MAX_CHARACTER_BYTES - 1 : code === BACKSLASH ? 1 : 0;
  }
  return Buffer.byteLength(cell) + added;
}

const [SPACE, QUOTE, BACKSLASH] = [0x20, 0x22, 0x5c];

const megabytes = (bytes: number) => Math.ceil(bytes / (1024 * 1024));
