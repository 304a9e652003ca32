/** Requirement 27: files of rows follow the rules of our export files. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { EXPORT_FORMATS } from '../../src/exports/formats.ts';
import { type Column, toCsv, toNdjson } from '../../src/web/lib/save-rows.ts';

const column = (index: number): Column<readonly (string | null)[]> => ({
  name: `c${index}`,
  cellOf: (row) => row[index] ?? null,
});

describe('rows as CSV', () => {
  it('equal those of an export file, for any texts', () => {
    const csv = EXPORT_FORMATS.csv({});
    const cell = fc.oneof(
      fc.constant(null),
      fc.string({ unit: 'binary' }),
      fc.string({ unit: fc.constantFrom(...'=+-@\t\r\n",\'; 1.%\uff1d\uff20a\v\0\u200b\ufeff\u0085') }),
    );
    fc.assert(
      fc.property(fc.array(fc.tuple(cell, cell), { minLength: 1, maxLength: 5 }), (rows) => {
        expect(toCsv([column(0), column(1)], rows)).toBe(csv.begin(['c0', 'c1']) + csv.rows(rows, true));
      }),
      { numRuns: 200 },
    );
  });

  it.each([
    ['a;=1+1', '"a;=1+1"'],
    ['a\t=1+1', '"a\t=1+1"'],
    ['\v=1+1', '"\'\v=1+1"'],
    ['\u200b=1+1', '"\'\u200b=1+1"'],
    ['\ufeff-1', '"\'\ufeff-1"'],
  ])('hide the formula of %j in quotes', (cell, expected) => {
    const rows = [[cell]];
    expect(toCsv([column(0)], rows)).toBe(`c0\r\n${expected}\r\n`);
    expect(EXPORT_FORMATS.csv({}).rows(rows, true)).toBe(`${expected}\r\n`);
  });

  it('begin with the header even if there is no row', () => expect(toCsv([column(0)], [])).toBe('c0\r\n'));
});

it('rows as NDJSON are one JSON text per line', () =>
  expect(toNdjson([{ a: 'x\ny' }, { a: null }])).toBe('{"a":"x\\ny"}\n{"a":null}\n'));
