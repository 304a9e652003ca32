/**
 * PostgreSQL cannot store the character NUL in a text. NUL and three noncharacters are stored as a sequence of three of these
 * noncharacters, so every text is read as it was written. A sequence begins with a character that occurs nowhere else, and an
 * encoded text never begins inside a sequence. So an encoded text contains an encoded term only if the text contains the term.
 */
const START = '\u{10FFFF}';
const A = '\u{10FFFD}';
const B = '\u{10FFFC}';

const SEQUENCES = new Map([
  ['\0', START + A + A],
  [START, START + A + B],
  [A, START + B + A],
  [B, START + B + B],
]);

const CHARACTERS = new Map([...SEQUENCES].map(([character, sequence]) => [sequence, character]));

const ENCODED = /[\0\u{10FFFC}\u{10FFFD}\u{10FFFF}]/u;
const ALL_ENCODED = new RegExp(ENCODED, 'gu');
const ALL_SEQUENCES = /\u{10FFFF}[\u{10FFFC}\u{10FFFD}]{2}/gu;

/** Returns a text as it is stored. */
export function encodeText(text: string): string {
  if (!ENCODED.test(text)) return text;
  return text.replace(ALL_ENCODED, (character) => SEQUENCES.get(character) ?? character);
}

/** Returns the text that was stored. */
export function decodeText(stored: string): string {
  if (!stored.includes(START)) return stored;
  return stored.replace(ALL_SEQUENCES, (sequence) => CHARACTERS.get(sequence) ?? sequence);
}
