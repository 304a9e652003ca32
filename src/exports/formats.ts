import { stringify } from 'csv-stringify/sync';
import type { Cell } from '../db/export-source.ts';
import { NEEDS_QUOTES, withoutFormula } from '../lib/csv-text.ts';
import type { EXPORT_FORMAT_NAMES } from './operators.ts';

/** Converts rows to text, in parts: the beginning, then batches of rows, then the end. */
export interface Format {
  begin(columns: readonly string[]): string;
  /** @param isFirst true for the first batch */
  rows(rows: readonly (readonly Cell[])[], isFirst: boolean): string;
  end(): string;
}

export interface FormatOptions {
  /** True if CSV files begin with a byte order mark, so that Excel reads them as UTF-8. */
  csvBom?: boolean;
}

/**
 * Creates the CSV format (RFC 4180): UTF-8, commas, CRLF, a header, quotes where needed. A null or an infinity is an
 * empty field; an empty text or blob is `""`. Blobs are hexadecimal. A text that a spreadsheet would evaluate as a
 * formula gets a leading apostrophe, unless it is a number.
 */
function csv({ csvBom = false }: FormatOptions): Format {
  const options = {
    record_delimiter: '\r\n',
    // Many programs also end a line at a single line feed, so it must be quoted too.
    quote_record_delimiter: true,
    quoted_match: [/^$/, NEEDS_QUOTES],
    cast: {
      string: withoutFormula,
      number: (cell: number) => (Number.isFinite(cell) ? String(cell) : ''),
      object: (cell: object) => (Buffer.isBuffer(cell) ? hexOf(cell) : ''),
    },
  };
  // Excel mistakes a file that begins with "ID" for a SYLK file and rejects it.
  const headerCell = (name: string, { index }: { index: number }) =>
    index === 0 && name.startsWith('ID') ? { value: name, quoted: true } : withoutFormula(name);
  const header = { ...options, bom: csvBom, cast: { string: headerCell } };
  return {
    begin: (columns) => stringify([[...columns]], header),
    rows: (rows) => stringify([...rows], options),
    end: () => '',
  };
}

/** Returns the hexadecimal digits of a blob. Quotes distinguish an empty blob from a null. */
const hexOf = (blob: Buffer) =>
  blob.length === 0 ? { value: '', quoted_empty: true } : blob.toString('hex');

/**
 * Creates the JSON format: an array with one object per row and line. The keys have the order of the columns. Integers
 * have all their digits, blobs are hexadecimal, and an infinity is null.
 */
function json(): Format {
  let keys: string[] = [];
  return {
    begin: (columns) => {
      keys = columns.map((name) => `${JSON.stringify(name)}:`);
      return '[';
    },
    rows: (rows, isFirst) => {
      const objects = rows.map((row) => `{${row.map((cell, at) => keys[at] + jsonOf(cell)).join(',')}}`);
      return `${isFirst ? '\n' : ',\n'}${objects.join(',\n')}`;
    },
    end: () => '\n]\n',
  };
}

function jsonOf(cell: Cell): string {
  if (typeof cell === 'bigint') return String(cell);
  return JSON.stringify(Buffer.isBuffer(cell) ? cell.toString('hex') : cell);
}

/** The formats by `target.export_format` (contract A4). */
export const EXPORT_FORMATS = { csv, json } as const satisfies Record<
  (typeof EXPORT_FORMAT_NAMES)[number],
  (options: FormatOptions) => Format
>;

export type ExportFormat = keyof typeof EXPORT_FORMATS;

export const isExportFormat = (word: unknown): word is ExportFormat =>
  typeof word === 'string' && Object.hasOwn(EXPORT_FORMATS, word);
