/** Texts in CSV files that spreadsheets open (contract A4). */

/** Spreadsheets evaluate a text that begins with one of these characters, also after characters without width. */
const FORMULA = /^(?:[\p{Cc}\p{Cf}]*[=+\-@\uff1d\uff0b\uff0d\uff20]|[\t\r\n])/u;

/** Spreadsheets may take these for separators or leave them out, so that the rest would be a formula. */
export const NEEDS_QUOTES = /[;\p{Cc}\p{Cf}]/u;

/**
 * A signed number with any decimal and group separators, a percentage or a telephone number (`-1,5`, `-1 234,50`,
 * `-1'234.50`, `-12%`, `+31 6 12345678`). It has no names, brackets or operators, so it is a harmless formula.
 */
const SIGNED_NUMBER =
  /^[+-](\d+([.,'\u2019 \u00a0\u2009\u202f]\d+)*[.,]?|[.,]\d+)(e[+-]?\d+)?([ \u00a0\u202f]?%)?$/i;

/** Returns a text with a leading apostrophe if a spreadsheet would evaluate it as a formula, unless it is a number. */
export const withoutFormula = (text: string): string =>
  FORMULA.test(text) && !SIGNED_NUMBER.test(text) ? `'${text}` : text;
