/**
 * Case folding for comparisons without regard to case (contract B2). Upper case between two lower cases makes the result
 * independent of context and of which case a text came in; the final sigma is the one letter that `toLowerCase` chooses by
 * context. NFC comes last, because a change of case may leave it.
 */
export function fold(text: string): string {
  const cased = text.normalize('NFC').toLowerCase().toUpperCase().toLowerCase();
  return cased.replaceAll('ς', 'σ').normalize('NFC');
}
