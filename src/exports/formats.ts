import { stringify } from 'csv-stringify/sync';
import type { Cell } from '../db/export-source.ts';

/** How rows become text, piece by piece: the beginning, then batches of rows, then the end. */
export interface Format {
  begin(columns: readonly string[]): string;
  /** @param isFirst whether no rows came before */
  rows(rows: readonly (readonly Cell[])[], isFirst: boolean): string;
  end(): string;
}

/**
 * CSV (RFC 4180): UTF-8, commas, CRLF, a header, quotes where needed. A null is nothing and an empty text `""`. A text that a
 * spreadsheet would take for a formula (it begins with = + - @, a tab or a carriage return) gets an apostrophe before it;
 * numbers, negative ones too, are left alone. Blobs are hexadecimal, which is never mistaken for a formula.
 */
function csv(): Format {
  const lines = (rows: readonly (readonly unknown[])[]) =>
    stringify([...rows], {
      record_delimiter: '\r\n',
      escape_formulas: true,
      // A bare line feed, too, would end a line for many readers.
      quote_record_delimiter: true,
      quoted_match: /^$/,
      cast: { object: (cell) => (Buffer.isBuffer(cell) ? cell.toString('hex') : '') },
    });
  return { begin: (columns) => lines([columns]), rows: lines, end: () => '' };
}

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
