/** Returns a text with a full stop, unless it ends as a sentence does. More words can then follow it. */
export function endSentence(text: string): string {
  const trimmed = text.trimEnd();
  return trimmed === '' || /[.?!…]["'”’)]?$/.test(trimmed) ? trimmed : `${trimmed}.`;
}
