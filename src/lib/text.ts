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

/** At most so many characters of a text, and an ellipsis for the rest. */
export const shortened = (text: string, length: number) =>
  text.length <= length ? text : `${text.slice(0, length)}…`;
