/** The form in which HDP texts and search terms are compared: `toLowerCase` of the NFC form (contract B2). */
export function fold(text: string): string {
  return text.normalize('NFC').toLowerCase();
}
