/** Writes rows into the text of a file. Cells follow the rules of our export files (contract A4). */

/** The value of a cell. Null is an empty field, and an empty text is `""`. */
export type Cell = string | number | boolean | null;

export interface Column<Row> {
  name: string;
  cellOf(row: Row): Cell;
}

/** Spreadsheets evaluate a text that begins with one of these characters, also after characters without width. */
const FORMULA = /^(?:[\p{Cc}\p{Cf}]*[=+\-@\uff1d\uff0b\uff0d\uff20]|[\t\r\n])/u;

/** Spreadsheets may take these for separators or leave them out, so that the rest would be a formula. */
const NEEDS_QUOTES = /[;\p{Cc}\p{Cf}]/u;

/** A signed number, a percentage or a telephone number: a harmless formula without names, brackets or operators. */
const SIGNED_NUMBER =
  /^[+-](\d+([.,'\u2019 \u00a0\u2009\u202f]\d+)*[.,]?|[.,]\d+)(e[+-]?\d+)?([ \u00a0\u202f]?%)?$/i;

/** Returns a cell of CSV. A text that a spreadsheet would evaluate as a formula gets a leading apostrophe. */
function csvCell(cell: Cell): string {
  if (cell === null) return '';
  if (typeof cell !== 'string') return String(cell);
  const text = FORMULA.test(cell) && !SIGNED_NUMBER.test(cell) ? `'${cell}` : cell;
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
