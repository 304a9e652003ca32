/**
 * N-grams of uuids: all terms of one or two characters of Crockford's alphabet. Each has an index below `NGRAM_COUNT`,
 * so that counts of all of them fit into one array.
 */
import { foldCase } from './fold-case.ts';

/** Crockford's alphabet, folded: it has no i, l, o and u. */
export const LETTERS = [...'0123456789abcdefghjkmnpqrstvwxyz'];
/** The number of terms of one or two letters. */
export const NGRAM_COUNT = LETTERS.length * (LETTERS.length + 1);

/** The position of a letter in the alphabet, in either case, by its character code; -1 for other characters. */
const letterByCode = new Int8Array(128).fill(-1);
for (const [position, letter] of LETTERS.entries()) {
  for (const form of [letter, letter.toUpperCase()]) letterByCode[form.charCodeAt(0)] = position;
}

/** Returns the position in the alphabet of the letter at an index of a text, or -1. Only ASCII case is ignored. */
export const letterAt = (text: string, index: number): number => letterByCode[text.charCodeAt(index)] ?? -1;

/** Returns the index of a folded term of one or two letters. */
export function nGramOf(term: string): number {
  const first = letterAt(term, 0);
  return term.length === 1 ? first : LETTERS.length * (first + 1) + letterAt(term, 1);
}

/** Returns the n-grams that a text contains, some of them more than once. Only ASCII case is ignored. */
export function nGramsOf(text: string): number[] {
  const found: number[] = [];
  let before = -1;
  for (let index = 0; index < text.length; index += 1) {
    const letter = letterAt(text, index);
    if (letter >= 0) {
      found.push(letter);
      if (before >= 0) found.push(LETTERS.length * (before + 1) + letter);
    }
    before = letter;
  }
  return found;
}

/** Returns the n-grams that a program contains: the uuid of its tasks is not counted for these. */
export const nGramsOfProgram = (hash: string | null, name: string | null): readonly number[] =>
  nGramsOf(foldCase(hash ?? '')).concat(nGramsOf(foldCase(name ?? '')));
