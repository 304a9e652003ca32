/** The plain tables (see postgres/plain-tables.ts) for Drizzle. */
import { sql } from 'drizzle-orm';
import { bigint, customType, jsonb, pgTable, text } from 'drizzle-orm/pg-core';

const bytea = customType<{ data: Buffer }>({ dataType: () => 'bytea' });
const integer = () => bigint({ mode: 'number' });

export const accessTokens = pgTable('access_tokens', {
  id: text().primaryKey(),
  secretHash: bytea('secret_hash').notNull(),
  chain: integer().notNull(),
  expiresAt: bigint('expires_at', { mode: 'number' }),
  revokedAt: bigint('revoked_at', { mode: 'number' }),
});

export const apiKeys = pgTable('api_keys', { keyHash: bytea('key_hash').primaryKey() });

export const hdpTasks = pgTable('hdp_tasks', {
  uuid: text().notNull(),
  status: text().notNull(),
  destinationChainId: text('destination_chain_id').notNull(),
  contractClassHash: text('contract_class_hash').notNull(),
  scheduleMode: text('schedule_mode'),
  scheduleTxHash: text('schedule_tx_hash'),
  dataSourceChains: jsonb('data_source_chains').$type<string[]>(),
  dataDestinationChain: text('data_destination_chain'),
  hdpCoreProgramHash: text('hdp_core_program_hash'),
  taskHash: text('task_hash'),
  programHash: text('program_hash'),
  programName: text('program_name'),
  outputTreeRoot: text('output_tree_root'),
  createdAt: bigint('created_at', { mode: 'number' }).notNull(),
  updatedAt: bigint('updated_at', { mode: 'number' }).notNull(),
  foldedProgramHash: text('folded_program_hash'),
  foldedProgramName: text('folded_program_name'),
});

export const servicesTasks = pgTable('services_tasks', {
  id: integer().primaryKey().generatedByDefaultAsIdentity(),
  chain: integer().notNull(),
  description: text().notNull(),
  status: text().notNull(),
  lastRunAt: bigint('last_run_at', { mode: 'number' }),
  modifiedAt: bigint('modified_at', { mode: 'number' }).notNull(),
  createdAt: bigint('created_at', { mode: 'number' }).notNull(),
  trigger: jsonb().notNull().$type<Record<string, unknown>>(),
  target: jsonb().notNull().$type<Record<string, unknown>>(),
  debug: text().notNull(),
  version: integer().notNull(),
  result: text(),
  action: text().generatedAlwaysAs(sql`NULL`),
  campaign: integer().generatedAlwaysAs(sql`NULL`),
});
