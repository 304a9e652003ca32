/** The export indexes (contract A4) and what the names of their files begin with. */
export const EXPORT_INDEXES = {
  transactions: 'Transaction',
  users: 'User',
  vouchers: 'Voucher',
  'wallet-ledger': 'Wallet',
  products: 'Product',
  'product-variants': 'Product_Variant',
} as const;

export type ExportIndex = keyof typeof EXPORT_INDEXES;

export const isExportIndex = (word: unknown): word is ExportIndex =>
  typeof word === 'string' && Object.hasOwn(EXPORT_INDEXES, word);

/** Words in a sentence: `a, b and c`. */
export function listed(words: readonly string[]): string {
  return words.length < 2 ? words.join('') : `${words.slice(0, -1).join(', ')} and ${words.at(-1)}`;
}

const LONGEST_WORD = 60;

/** A client's word in a sentence: in quotes, on one line, and not too long. */
export function named(word: unknown): string {
  const text = JSON.stringify(word) ?? 'nothing';
  return text.length <= LONGEST_WORD ? text : `${text.slice(0, LONGEST_WORD)}…`;
}
