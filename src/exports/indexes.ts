/** The export indexes (contract A4) with the first part of their file names. */
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

/** Joins words for a sentence: `a, b and c`. */
export function joinWords(words: readonly string[]): string {
  return words.length < 2 ? words.join('') : `${words.slice(0, -1).join(', ')} and ${words.at(-1)}`;
}

const MAX_QUOTED_LENGTH = 60;

/** Quotes a value of a client for a sentence, on one line and shortened. */
export function quoted(value: unknown): string {
  const text = JSON.stringify(value) ?? 'nothing';
  return text.length <= MAX_QUOTED_LENGTH ? text : `${text.slice(0, MAX_QUOTED_LENGTH)}…`;
}
