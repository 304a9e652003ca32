/** The tables of credentials and secrets. */
import { sql } from 'drizzle-orm';
import { blob, check, integer, primaryKey, sqliteTable, text } from 'drizzle-orm/sqlite-core';
import { ACCESS_LEVELS, KEY_ROLES } from '../../model/statuses.ts';
import { oneOf } from './checks.ts';

/** Access tokens of the Services API (contract A1). All times in this file are Unix milliseconds. */
export const accessTokens = sqliteTable(
  'access_tokens',
  {
    id: text().primaryKey(),
    secretHash: blob('secret_hash', { mode: 'buffer' }).notNull(),
    chain: integer().notNull(),
    label: text().notNull(),
    createdAt: integer('created_at').notNull(),
    expiresAt: integer('expires_at'),
    revokedAt: integer('revoked_at'),
  },
  (table) => [check('access_tokens_secret_hash', sql`length(${table.secretHash}) = 32`)],
);

export const adminAccess = sqliteTable(
  'admin_access',
  {
    userId: integer('user_id').notNull(),
    chain: integer().notNull(),
    level: text({ enum: ACCESS_LEVELS }).notNull(),
  },
  (table) => [
    primaryKey({ columns: [table.userId, table.chain] }),
    check('admin_access_level', sql`${table.level} IN ${oneOf(ACCESS_LEVELS)}`),
  ],
);

export const adminSessions = sqliteTable(
  'admin_sessions',
  {
    id: text().primaryKey(),
    userId: integer('user_id').notNull(),
    keyHash: blob('key_hash', { mode: 'buffer' }).notNull().unique(),
    createdAt: integer('created_at').notNull(),
    expiresAt: integer('expires_at'),
    revokedAt: integer('revoked_at'),
  },
  (table) => [check('admin_sessions_key_hash', sql`length(${table.keyHash}) = 32`)],
);

/** API keys of the HDP API (contract B1). */
export const apiKeys = sqliteTable(
  'api_keys',
  {
    id: text().primaryKey(),
    keyHash: blob('key_hash', { mode: 'buffer' }).notNull().unique(),
    role: text({ enum: KEY_ROLES }).notNull(),
    label: text().notNull(),
    createdAt: integer('created_at').notNull(),
    revokedAt: integer('revoked_at'),
  },
  (table) => [
    check('api_keys_key_hash', sql`length(${table.keyHash}) = 32`),
    check('api_keys_role', sql`${table.role} IN ${oneOf(KEY_ROLES)}`),
  ],
);

/** Secrets that the server generates, such as the key that signs download URLs. */
export const serverSecrets = sqliteTable('server_secrets', {
  name: text().primaryKey(),
  key: blob({ mode: 'buffer' }).notNull(),
});
