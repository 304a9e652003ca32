/** Writes rows into the text of a file. Cells follow the rules of our export files (contract A4). */
import { NEEDS_QUOTES, withoutFormula } from '../../lib/csv-text.ts';

/** The value of a cell. Null is an empty field, and an empty text is `""`. */
export type Cell = string | number | boolean | null;

export interface Column<Row> {
  name: string;
  cellOf(row: Row): Cell;
}

/** Returns a cell of CSV. A text that a spreadsheet would evaluate as a formula gets a leading apostrophe. */
function csvCell(cell: Cell): string {
  if (cell === null) return '';
  if (typeof cell !== 'string') return String(cell);
  const text = withoutFormula(cell);
  return text === '' || /[",]/.test(text) || NEEDS_QUOTES.test(text)
    ? `"${text.replaceAll('"', '""')}"`
    : text;
}

const csvLine = (cells: readonly Cell[]) => `${cells.map(csvCell).join(',')}\r\n`;

/** Returns rows as CSV (RFC 4180) with a header. */
export function toCsv<Row>(columns: readonly Column<Row>[], rows: readonly Row[]): string {
  const header = csvLine(columns.map(({ name }) => name));
  return header + rows.map((row) => csvLine(columns.map(({ cellOf }) => cellOf(row)))).join('');
}

/** Returns rows as NDJSON: one JSON text per line. */
export const toNdjson = (rows: readonly unknown[]): string =>
  rows.map((row) => `${JSON.stringify(row)}\n`).join('');
