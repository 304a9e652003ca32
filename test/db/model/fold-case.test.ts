import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { foldCase } from '../../../src/db/model/fold-case.ts';

/** Every assigned code point that is not a surrogate, in named ranges. */
const CODE_POINTS = Array.from({ length: 0x110000 }, (_, code) => code).filter(
  (code) => code < 0xd800 || code > 0xdfff,
);

describe('case folding', () => {
  it.each([
    ['ὈΔΥΣΣΕΎΣ module', 'ΔΥΣ'],
    ['ΟΔΟΣΗ', 'ΟΔΟΣ'],
    ['ΟΔΟΣ', 'οδος'],
    ['οδος', 'ΟΔΟΣ'],
    ['J̌anko', 'ǰanko'],
    ['ǰanko', 'J̌ANKO'],
    ['straße', 'STRASSE'],
    ['STRASSE', 'straße'],
    ['ﬁne', 'FI'],
    ['\u212aelvin', 'kelvin'],
    ['Cafe\u0301', 'CAFÉ'],
    ['ſ', 'S'],
    ['ᾳ', 'ᾼ'],
  ])('of %s holds that of %s', (name, term) => {
    expect(foldCase(name)).toContain(foldCase(term));
  });

  it('of a character equals that of its upper and lower case, is in NFC, and folds to itself', () => {
    const wrong = CODE_POINTS.filter((code) => {
      const character = String.fromCodePoint(code);
      const folded = foldCase(character);
      return (
        folded !== folded.normalize('NFC') ||
        folded !== foldCase(folded) ||
        folded !== foldCase(character.normalize('NFC').toUpperCase()) ||
        folded !== foldCase(character.normalize('NFD'))
      );
    });
    expect(wrong.map((code) => code.toString(16))).toEqual([]);
  });

  it('of a letter does not depend on the letters around it', () => {
    const letters = fc.constantFrom(...'ΑΣςσΟΔÉßİıIiǰŉﬁaB ');
    fc.assert(
      fc.property(fc.array(letters, { maxLength: 6 }), fc.array(letters, { maxLength: 6 }), (one, other) => {
        expect(foldCase(one.join('') + other.join(''))).toBe(
          foldCase(one.join('')) + foldCase(other.join('')),
        );
      }),
    );
  });
});
