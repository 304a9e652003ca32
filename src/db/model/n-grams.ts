/**
 * N-grams of uuids: the terms of one or two characters of Crockford's alphabet. Each n-gram is an index below `NGRAM_COUNT`,
 * so that an array can hold the counts of all n-grams.
 */
import { foldCase } from './fold-case.ts';

/** Crockford's alphabet in lower case: digits and letters except i, l, o and u. */
export const ALPHABET = [...'0123456789abcdefghjkmnpqrstvwxyz'];
/** The number of n-grams. */
export const NGRAM_COUNT = ALPHABET.length * (ALPHABET.length + 1);

/** The position in the alphabet by character code, for both cases; -1 for other characters. */
const positionByCode = new Int8Array(128).fill(-1);
for (const [position, letter] of ALPHABET.entries()) {
  for (const form of [letter, letter.toUpperCase()]) positionByCode[form.charCodeAt(0)] = position;
}

/** Returns the position in the alphabet of the character at an index of a text, or -1. Ignores ASCII case. */
export const alphabetPositionAt = (text: string, index: number): number =>
  positionByCode[text.charCodeAt(index)] ?? -1;

/** Returns the n-gram of a folded term of one or two characters. */
export function nGramOf(term: string): number {
  const first = alphabetPositionAt(term, 0);
  return term.length === 1 ? first : ALPHABET.length * (first + 1) + alphabetPositionAt(term, 1);
}

/** Returns the n-grams of a text; n-grams that occur several times are repeated. Ignores ASCII case. */
export function nGramsOf(text: string): number[] {
  const found: number[] = [];
  let before = -1;
  for (let index = 0; index < text.length; index += 1) {
    const letter = alphabetPositionAt(text, index);
    if (letter >= 0) {
      found.push(letter);
      if (before >= 0) found.push(ALPHABET.length * (before + 1) + letter);
    }
    before = letter;
  }
  return found;
}

/** Returns the n-grams of a program. The uuids of its tasks are not counted for these n-grams. */
export const nGramsOfProgram = (hash: string | null, name: string | null): readonly number[] =>
  nGramsOf(foldCase(hash ?? '')).concat(nGramsOf(foldCase(name ?? '')));
