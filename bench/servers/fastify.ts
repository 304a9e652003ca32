/**
 * Both lists in an untuned Fastify server with Drizzle and better-sqlite3. It builds a query for each request and uses
 * `count(*)`, LIKE and OFFSET on the plain tables and indexes. It writes no log, which is an advantage.
 */
import { createHash, timingSafeEqual } from 'node:crypto';
import { and, asc, count, desc, eq, or, sql } from 'drizzle-orm';
import { drizzle } from 'drizzle-orm/better-sqlite3';
import Fastify, { type FastifyRequest } from 'fastify';
import { openDatabase } from '../reference-tables.ts';
import { fold, formatMicros, formatSeconds } from '../tasks.ts';
import { addPostRoutes } from './fastify-post.ts';
import { accessTokens, hdpTasks, servicesTasks } from './fastify-schema.ts';

const { PORT, DATABASE = '', HDP_HOST = '', SERVICES_HOST = '' } = process.env;
const db = drizzle({ client: openDatabase(DATABASE) });
const app = Fastify();

interface HdpQuery {
  hdp_tasks_page: number;
  hdp_tasks_per_page: number;
  hdp_tasks_search: string;
}

app.get<{ Querystring: HdpQuery }>(
  '/tasks',
  {
    constraints: { host: HDP_HOST },
    schema: {
      querystring: {
        type: 'object',
        properties: {
          hdp_tasks_page: { type: 'integer', minimum: 1, default: 1 },
          hdp_tasks_per_page: { type: 'integer', minimum: 1, maximum: 100, default: 10 },
          hdp_tasks_search: { type: 'string', maxLength: 200, default: '' },
        },
      },
    },
  },
  (request) => {
    const { hdp_tasks_page: page, hdp_tasks_per_page: perPage, hdp_tasks_search: search } = request.query;
    const condition = search === '' ? undefined : contains(search);
    const rows = db
      .select()
      .from(hdpTasks)
      .where(condition)
      .orderBy(desc(hdpTasks.createdAt), desc(hdpTasks.uuid))
      .limit(perPage)
      .offset((page - 1) * perPage)
      .all();
    const total = db.select({ total: count() }).from(hdpTasks).where(condition).get()?.total ?? 0;
    return {
      tasks: rows.map(toHdpTask),
      pagination: { page, perPage, total, totalPages: Math.ceil(total / perPage) },
    };
  },
);

function contains(search: string) {
  const pattern = `%${fold(search).replaceAll(/[\\%_]/g, '\\$&')}%`;
  // LIKE ignores the case of ASCII letters; a uuid has no others.
  return or(
    sql`${hdpTasks.uuid} LIKE ${pattern} ESCAPE '\\'`,
    sql`${hdpTasks.foldedProgramHash} LIKE ${pattern} ESCAPE '\\'`,
    sql`${hdpTasks.foldedProgramName} LIKE ${pattern} ESCAPE '\\'`,
  );
}

function toHdpTask({ foldedProgramHash: _, foldedProgramName: __, ...task }: typeof hdpTasks.$inferSelect) {
  return { ...task, createdAt: formatMicros(task.createdAt), updatedAt: formatMicros(task.updatedAt) };
}

interface ServicesQuery {
  status?: string;
  action?: string;
  campaign_id?: number;
  limit: number;
  offset: number;
}

app.get<{ Querystring: ServicesQuery }>(
  '/tasks',
  {
    constraints: { host: SERVICES_HOST },
    schema: {
      querystring: {
        type: 'object',
        properties: {
          status: { type: 'string', enum: ['READY', 'INPROGRESS', 'DONE', 'ERROR'] },
          action: { type: 'string' },
          campaign_id: { type: 'integer', minimum: 0 },
          limit: { type: 'integer', minimum: 1, maximum: 1000, default: 100 },
          offset: { type: 'integer', minimum: 0, default: 0 },
        },
      },
    },
  },
  (request, reply) => {
    const chain = chainOf(request);
    if (chain === undefined) return reply.code(401).send({ error: 'unauthorized' });
    const { status, action, campaign_id: campaign, limit, offset } = request.query;
    const condition = and(
      eq(servicesTasks.chain, chain),
      status === undefined ? undefined : eq(servicesTasks.status, status),
      action === undefined ? undefined : eq(servicesTasks.action, action),
      campaign === undefined ? undefined : eq(servicesTasks.campaign, campaign),
    );
    const rows = db
      .select()
      .from(servicesTasks)
      .where(condition)
      .orderBy(asc(servicesTasks.id))
      .limit(limit)
      .offset(offset)
      .all();
    const total = db.select({ total: count() }).from(servicesTasks).where(condition).get()?.total ?? 0;
    reply.header('X-Total-Count', total);
    return reply.send(rows.map(toServicesTask));
  },
);

function chainOf(request: FastifyRequest): number | undefined {
  const [, id = '', secret = ''] = /^Bearer ([^:]+):(.+)$/.exec(request.headers.authorization ?? '') ?? [];
  const token = db.select().from(accessTokens).where(eq(accessTokens.id, id)).get();
  const hash = createHash('sha256').update(secret).digest();
  if (!token || !timingSafeEqual(hash, token.secretHash) || token.revokedAt !== null) return undefined;
  return token.expiresAt === null || Date.now() < token.expiresAt ? token.chain : undefined;
}

function toServicesTask(row: typeof servicesTasks.$inferSelect) {
  return {
    id: row.id,
    chain: row.chain,
    desc: row.description,
    state: {
      code: row.status,
      last_run_date: row.lastRunAt === null ? null : formatSeconds(row.lastRunAt),
      last_modified: formatSeconds(row.modifiedAt),
      created_date: formatSeconds(row.createdAt),
    },
    trigger: row.trigger,
    target: row.target,
    logs: null,
    debug: row.debug,
    version: row.version,
    result: row.result,
  };
}

addPostRoutes(app, {
  db,
  hdpHost: HDP_HOST,
  servicesHost: SERVICES_HOST,
  chainOf,
  toServicesTask,
});

await app.listen({ host: '127.0.0.1', port: Number(PORT) });
process.once('SIGTERM', () => process.exit(0));
