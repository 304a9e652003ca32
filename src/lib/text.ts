/** White space, line ends and zero-width characters: what is pasted along with a word. */
const INVISIBLE = /[\s\u200b-\u200f\u2060\ufeff]/;

/** Removes invisible characters from both ends of a text, in linear time. */
export function trimInvisible(text: string): string {
  let start = 0;
  let end = text.length;
  while (start < end && INVISIBLE.test(text[start] ?? '')) start += 1;
  while (end > start && INVISIBLE.test(text[end - 1] ?? '')) end -= 1;
  return text.slice(start, end);
}

/**
 * True if a text has at most `max` characters. A character is a code point, as in `maxLength` of JSON Schema, not one of the
 * code units that `length` counts.
 */
export function hasAtMost(text: string, max: number): boolean {
  // A code point has one or two code units.
  if (text.length <= max || text.length > 2 * max) return text.length <= max;
  return [...text].length <= max;
}

/** At most so many characters of a text, and an ellipsis for the rest. */
export const shortened = (text: string, length: number) =>
  text.length <= length ? text : `${text.slice(0, length)}…`;

/** A text for one line of a message: control characters, which a terminal would obey, are shown as escapes. */
export const visible = (text: string) =>
  text.replace(/[\p{Cc}\u2028\u2029]/gu, (character) =>
    character < ' '
      ? JSON.stringify(character).slice(1, -1)
      : `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );

/**
 * Returns the first line of an error's message, without the full stop at its end. If a host has several addresses, and none
 * can be reached, Node.js throws an error without a message, with one error for each.
 */
export const messageOf = (error: unknown): string =>
  error instanceof AggregateError && error.message === '' && error.errors.length > 0
    ? messageOf(error.errors[0])
    : (error instanceof Error ? error.message : String(error)).replace(/\n.*$/s, '').replace(/\.$/, '');

/** Returns the reason that the system gives, without the call and the path that Node.js adds: `no such file or directory`. */
export const reasonOf = (error: unknown): string => messageOf(error).replace(/^[A-Z]+: ([^,]+), .*$/s, '$1');
