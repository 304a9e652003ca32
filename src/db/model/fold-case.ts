/**
 * Folds the case of a text for case-insensitive comparison (contract B2). The conversion to upper case between two to lower
 * case makes the result independent of the case of the input. `toLowerCase` depends on context for the final sigma only. NFC
 * is applied last, because a change of case may undo it.
 */
export function foldCase(text: string): string {
  const cased = text.normalize('NFC').toLowerCase().toUpperCase().toLowerCase();
  return cased.replaceAll('ς', 'σ').normalize('NFC');
}
