import { stringify } from 'csv-stringify/sync';
import type { Cell } from '../db/export-source.ts';

/** How rows become text, piece by piece: the beginning, then batches of rows, then the end. */
export interface Format {
  begin(columns: readonly string[]): string;
  /** @param isFirst whether no rows came before */
  rows(rows: readonly (readonly Cell[])[], isFirst: boolean): string;
  end(): string;
}

/** Settings of the formats that do not depend on a task. */
export interface FormatOptions {
  /** Begins CSV files with a byte order mark, from which Excel recognizes UTF-8. */
  csvBom?: boolean;
}

/** The first characters that make spreadsheets evaluate a text, in ASCII and in full width. */
const FORMULA = /^[=+\-@\t\r\n\uff1d\uff0b\uff0d\uff20]/;

/**
 * A signed number with any decimal and group separators, a percentage or a telephone number (`-1,5`, `-1 234,50`,
 * `-1'234.50`, `-12%`, `+31 6 12345678`). Without names, brackets and operators there is nothing that a
 * spreadsheet could run.
 */
const SIGNED_NUMBER =
  /^[+-](\d+([.,'\u2019 \u00a0\u2009\u202f]\d+)*[.,]?|[.,]\d+)(e[+-]?\d+)?([ \u00a0\u202f]?%)?$/i;

const withoutFormula = (text: string) =>
  FORMULA.test(text) && !SIGNED_NUMBER.test(text) ? `'${text}` : text;

/**
 * CSV (RFC 4180): UTF-8, commas, CRLF, a header, quotes where needed. A null or an infinity is an empty field; an empty text
 * or blob is `""`. A text that a spreadsheet would evaluate as a formula gets an apostrophe in front; a text that is only a
 * number does not. Blobs are hexadecimal.
 */
function csv({ csvBom = false }: FormatOptions): Format {
  const options = {
    record_delimiter: '\r\n',
    // A bare line feed, too, would end a line for many readers.
    quote_record_delimiter: true,
    quoted_match: /^$/,
    cast: {
      string: withoutFormula,
      number: (cell: number) => (Number.isFinite(cell) ? String(cell) : ''),
      object: (cell: object) => (Buffer.isBuffer(cell) ? hexOf(cell) : ''),
    },
  };
  // Excel takes a file that begins with "ID" for the SYLK format and refuses it.
  const headerCell = (name: string, { index }: { index: number }) =>
    index === 0 && name.startsWith('ID') ? { value: name, quoted: true } : withoutFormula(name);
  const header = { ...options, bom: csvBom, cast: { string: headerCell } };
  return {
    begin: (columns) => stringify([[...columns]], header),
    rows: (rows) => stringify([...rows], options),
    end: () => '',
  };
}

/** The digits of a blob; quotes tell an empty one from a null. */
const hexOf = (blob: Buffer) =>
  blob.length === 0 ? { value: '', quoted_empty: true } : blob.toString('hex');

/**
 * JSON: an array with an object per row, each on its line, with the columns in their order. Integers have all their digits,
 * blobs are hexadecimal, and what JSON has no number for (an infinity) is null.
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

/** By `target.export_format` (contract A4). */
export const EXPORT_FORMATS = { csv, json } as const;

export type ExportFormat = keyof typeof EXPORT_FORMATS;

export const isExportFormat = (word: unknown): word is ExportFormat =>
  typeof word === 'string' && Object.hasOwn(EXPORT_FORMATS, word);
