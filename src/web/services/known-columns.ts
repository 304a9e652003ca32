/** Suggestions for the columns of rules: those of the demo source. Other sources have columns of their own. */
import { findIdentifier } from '../../db/sql-identifiers.ts';
import type { ExportIndex } from '../../exports/indexes.ts';

export const KNOWN_COLUMNS: Readonly<Record<ExportIndex, readonly string[]>> = {
  users: [
    'id',
    'chain_id',
    'member_number',
    'name',
    'email',
    'city',
    'region',
    'country',
    'home_store',
    'signup_store',
    'loyalty_level',
    'points',
    'newsletter',
    'birthday',
    'privacy_request',
    'created_date',
    'last_seen',
  ],
  transactions: [
    'id',
    'chain_id',
    'user_id',
    'store',
    'city',
    'kind',
    'total',
    'currency',
    'items',
    'product',
    'note',
    'timestamp',
  ],
  vouchers: [
    'id',
    'chain_id',
    'user_id',
    'code',
    'campaign_id',
    'value',
    'currency',
    'status',
    'issued_date',
    'expiry_date',
    'redeemed_date',
  ],
  'wallet-ledger': ['id', 'chain_id', 'user_id', 'wallet', 'amount', 'balance', 'reason', 'timestamp'],
  products: ['id', 'chain_id', 'name', 'brand', 'category', 'price', 'currency', 'active', 'created_date'],
  'product-variants': ['id', 'chain_id', 'product_id', 'sku', 'barcode', 'size', 'colour', 'price', 'stock'],
};

/** Returns true if the demo source has the column. Exports ignore the case of its ASCII letters. */
export const isKnownColumn = (index: ExportIndex, column: string): boolean =>
  findIdentifier(KNOWN_COLUMNS[index], column) !== undefined;
