import { ActionError } from '../actions/action.ts';
import type { Cell } from '../db/export-source.ts';

const MAX_BATCH_ROWS = 500;

/** A batch ends with the row that reaches this size; the text of a batch is held in memory several times over. */
const MAX_BATCH_BYTES = 256 * 1024;

/** The text of a row must fit into a JavaScript string of 512 MiB, and JSON writes some characters as six. */
const MAX_ROW_BYTES = 64 * 1024 * 1024;

/**
 * Groups rows into batches, limited by rows and by size.
 * @throws ActionError for a row that is too large to be written
 */
export function* inBatches(rows: Iterable<Cell[]>): Generator<Cell[][]> {
  let batch: Cell[][] = [];
  let bytes = 0;
  let count = 0;
  for (const row of rows) {
    count += 1;
    const rowBytes = row.reduce<number>((sum, cell) => sum + sizeOf(cell), 0);
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

/** The approximate size of a cell's text; blobs become two digits per byte. */
function sizeOf(cell: Cell): number {
  if (typeof cell === 'string') return cell.length;
  return Buffer.isBuffer(cell) ? cell.length * 2 : 8;
}

const megabytes = (bytes: number) => Math.ceil(bytes / (1024 * 1024));
