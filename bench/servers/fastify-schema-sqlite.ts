/** The plain tables (see sqlite/reference-tables.ts) for Drizzle. */
import { sql } from 'drizzle-orm';
import { blob, integer, sqliteTable, text } from 'drizzle-orm/sqlite-core';

export const accessTokens = sqliteTable('access_tokens', {
  id: text().primaryKey(),
  secretHash: blob('secret_hash', { mode: 'buffer' }).notNull(),
  chain: integer().notNull(),
  expiresAt: integer('expires_at'),
  revokedAt: integer('revoked_at'),
});

export const apiKeys = sqliteTable('api_keys', {
  keyHash: blob('key_hash', { mode: 'buffer' }).primaryKey(),
});

export const hdpTasks = sqliteTable('hdp_tasks', {
  uuid: text().notNull(),
  status: text().notNull(),
  destinationChainId: text('destination_chain_id').notNull(),
  contractClassHash: text('contract_class_hash').notNull(),
  scheduleMode: text('schedule_mode'),
  scheduleTxHash: text('schedule_tx_hash'),
  dataSourceChains: text('data_source_chains', { mode: 'json' }).$type<string[]>(),
  dataDestinationChain: text('data_destination_chain'),
  hdpCoreProgramHash: text('hdp_core_program_hash'),
  taskHash: text('task_hash'),
  programHash: text('program_hash'),
  programName: text('program_name'),
  outputTreeRoot: text('output_tree_root'),
  createdAt: integer('created_at').notNull(),
  updatedAt: integer('updated_at').notNull(),
  foldedProgramHash: text('folded_program_hash'),
  foldedProgramName: text('folded_program_name'),
});

export const servicesTasks = sqliteTable('services_tasks', {
  id: integer().primaryKey(),
  chain: integer().notNull(),
  description: text().notNull(),
  status: text().notNull(),
  lastRunAt: integer('last_run_at'),
  modifiedAt: integer('modified_at').notNull(),
  createdAt: integer('created_at').notNull(),
  trigger: text({ mode: 'json' }).notNull().$type<Record<string, unknown>>(),
  target: text({ mode: 'json' }).notNull().$type<Record<string, unknown>>(),
  debug: text().notNull(),
  version: integer().notNull(),
  result: text(),
  action: text().generatedAlwaysAs(sql`NULL`),
  campaign: integer().generatedAlwaysAs(sql`NULL`),
});
