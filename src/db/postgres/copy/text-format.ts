/** The text format of COPY: a line for each row, with tabs between the values. */
import type { CopyRow, CopyValue } from '../../copy/endpoints.ts';
import type { CopiedColumn } from '../../copy/tables.ts';
import { decodeText, encodeText } from '../text-encoding.ts';

const NULL = '\\N';

const ESCAPED: Readonly<Record<string, string>> = {
  ...{ '\\': '\\\\', '\b': '\\b', '\f': '\\f', '\n': '\\n', '\r': '\\r', '\t': '\\t', '\v': '\\v' },
};

const CHARACTERS = new Map(Object.entries(ESCAPED).map(([character, escaped]) => [escaped, character]));

// biome-ignore lint/suspicious/noControlCharactersInRegex: these are the characters that the format escapes
const TO_ESCAPE = /[\\\x08\f\n\r\t\v]/g;

const escapeText = (text: string) => text.replace(TO_ESCAPE, (character) => ESCAPED[character] ?? character);

const unescapeText = (text: string) =>
  text.includes('\\') ? text.replace(/\\[\\bfnrtv]/g, (escaped) => CHARACTERS.get(escaped) ?? escaped) : text;

/** Returns the line of a row, with its line end. */
export function encodeRow(columns: readonly CopiedColumn[], row: CopyRow): string {
  let line = '';
  for (const [index, { kind }] of columns.entries()) {
    if (index > 0) line += '\t';
    line += encodeValue(kind, row[index] ?? null);
  }
  return `${line}\n`;
}

function encodeValue(kind: CopiedColumn['kind'], value: CopyValue): string {
  if (value === null) return NULL;
  if (typeof value === 'number') return String(value);
  return kind === 'bytes' ? `\\\\x${value}` : escapeText(encodeText(value));
}

/** Returns the row of a line without its line end. */
export const decodeRow = (columns: readonly CopiedColumn[], line: string): CopyRow =>
  line.split('\t').map((value, index) => decodeValue(columns[index]?.kind, value));

function decodeValue(kind: CopiedColumn['kind'] | undefined, value: string): CopyValue {
  if (value === NULL) return null;
  if (kind === 'text') return decodeText(unescapeText(value));
  if (kind === 'bytes') return value.slice('\\\\x'.length);
  if (kind === 'boolean') return value === 't' ? 1 : 0;
  return Number(value);
}
