/** The tables of credentials and secrets. */
import { sql } from 'drizzle-orm';
import { check, pgTable, primaryKey, text } from 'drizzle-orm/pg-core';
import { ACCESS_LEVELS, KEY_ROLES } from '../../model/statuses.ts';
import { oneOf } from './checks.ts';
import { bytea, int8 } from './column-types.ts';

/** Access tokens of the Services API (contract A1). All times in this file are Unix milliseconds. */
export const accessTokens = pgTable(
  'access_tokens',
  {
    id: text().primaryKey(),
    secretHash: bytea('secret_hash').notNull(),
    chain: int8().notNull(),
    label: text().notNull(),
    createdAt: int8('created_at').notNull(),
    expiresAt: int8('expires_at'),
    revokedAt: int8('revoked_at'),
  },
  (table) => [check('access_tokens_secret_hash', sql`length(${table.secretHash}) = 32`)],
);

export const adminAccess = pgTable(
  'admin_access',
  {
    userId: int8('user_id').notNull(),
    chain: int8().notNull(),
    level: text({ enum: ACCESS_LEVELS }).notNull(),
  },
  (table) => [
    primaryKey({ columns: [table.userId, table.chain] }),
    check('admin_access_level', sql`${table.level} IN ${oneOf(ACCESS_LEVELS)}`),
  ],
);

export const adminSessions = pgTable(
  'admin_sessions',
  {
    id: text().primaryKey(),
    userId: int8('user_id').notNull(),
    keyHash: bytea('key_hash').notNull().unique(),
    createdAt: int8('created_at').notNull(),
    expiresAt: int8('expires_at'),
    revokedAt: int8('revoked_at'),
  },
  (table) => [check('admin_sessions_key_hash', sql`length(${table.keyHash}) = 32`)],
);

/** API keys of the HDP API (contract B1). */
export const apiKeys = pgTable(
  'api_keys',
  {
    id: text().primaryKey(),
    keyHash: bytea('key_hash').notNull().unique(),
    role: text({ enum: KEY_ROLES }).notNull(),
    label: text().notNull(),
    createdAt: int8('created_at').notNull(),
    revokedAt: int8('revoked_at'),
  },
  (table) => [
    check('api_keys_key_hash', sql`length(${table.keyHash}) = 32`),
    check('api_keys_role', sql`${table.role} IN ${oneOf(KEY_ROLES)}`),
  ],
);

/** Secrets that the server generates, such as the key that signs download URLs. */
export const serverSecrets = pgTable('server_secrets', {
  name: text().primaryKey(),
  key: bytea().notNull(),
});
