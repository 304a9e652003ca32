/** The queries that fastify-sqlite.ts and fastify-postgres.ts implement for fastify-app.ts. */
import type { HdpTask } from '../tasks.ts';

/** A task with its times in Unix microseconds. */
export type HdpTaskRow = Omit<HdpTask, 'createdAt' | 'updatedAt'> & { createdAt: number; updatedAt: number };

/** A task with its times in Unix seconds. */
export interface ServicesTaskRow {
  id: number;
  chain: number;
  description: string;
  status: string;
  lastRunAt: number | null;
  modifiedAt: number;
  createdAt: number;
  trigger: Record<string, unknown>;
  target: Record<string, unknown>;
  debug: string;
  version: number;
  result: string | null;
}

export type NewServicesTaskRow = Omit<ServicesTaskRow, 'id' | 'lastRunAt' | 'result'>;

export interface ServicesFilters {
  status?: string;
  action?: string;
  campaign_id?: number;
}

export interface Page<Row> {
  rows: Row[];
  total: number;
}

export interface Slice {
  limit: number;
  offset: number;
}

export interface Token {
  secretHash: Buffer;
  chain: number;
  expiresAt: number | null;
  revokedAt: number | null;
}

/** The queries of a database. */
export interface TaskQueries {
  /** @param search empty for all tasks */
  listHdp(search: string, slice: Slice): Promise<Page<HdpTaskRow>>;
  listServices(chain: number, filters: ServicesFilters, slice: Slice): Promise<Page<ServicesTaskRow>>;
  findToken(id: string): Promise<Token | undefined>;
  hasApiKey(keyHash: Buffer): Promise<boolean>;
  insertHdp(task: HdpTaskRow): Promise<void>;
  insertServices(task: NewServicesTaskRow): Promise<ServicesTaskRow | undefined>;
}
