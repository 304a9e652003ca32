/**
 * PostgreSQL cannot store the character NUL in a text. It is stored as two characters: the noncharacter U+10FFFF and `0`.
 * The noncharacter itself is stored as U+10FFFF and `1`, so every text is read as it was written.
 */
const ESCAPE = '\u{10FFFF}';

/** Returns a text as it is stored. */
export function encodeText(text: string): string {
  if (!text.includes('\0') && !text.includes(ESCAPE)) return text;
  return text.replaceAll(ESCAPE, `${ESCAPE}1`).replaceAll('\0', `${ESCAPE}0`);
}

/** Returns the text that was stored. */
export function decodeText(stored: string): string {
  if (!stored.includes(ESCAPE)) return stored;
  return stored.replaceAll(`${ESCAPE}0`, '\0').replaceAll(`${ESCAPE}1`, ESCAPE);
}
