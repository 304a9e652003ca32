/**
 * Both lists in an untuned Fastify server. The queries come from fastify-sqlite.ts or fastify-postgres.ts. It writes no log,
 * which is an advantage.
 */
import { createHash, timingSafeEqual } from 'node:crypto';
import Fastify, { type FastifyRequest } from 'fastify';
import { formatMicros, formatSeconds } from '../tasks.ts';
import { addPostRoutes } from './fastify-post.ts';
import type { HdpTaskRow, ServicesFilters, ServicesTaskRow, Slice, TaskQueries } from './fastify-queries.ts';

interface HdpQuery {
  hdp_tasks_page: number;
  hdp_tasks_per_page: number;
  hdp_tasks_search: string;
}

/** Serves both lists and `POST /tasks` until SIGTERM. */
export async function serveTasks(queries: TaskQueries): Promise<void> {
  const { PORT, HDP_HOST: hdpHost = '', SERVICES_HOST: servicesHost = '' } = process.env;
  const app = Fastify();

  app.get<{ Querystring: HdpQuery }>(
    '/tasks',
    {
      constraints: { host: hdpHost },
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
    async (request) => {
      const { hdp_tasks_page: page, hdp_tasks_per_page: perPage, hdp_tasks_search: search } = request.query;
      const { rows, total } = await queries.listHdp(search, {
        limit: perPage,
        offset: (page - 1) * perPage,
      });
      return {
        tasks: rows.map(toHdpTask),
        pagination: { page, perPage, total, totalPages: Math.ceil(total / perPage) },
      };
    },
  );

  app.get<{ Querystring: ServicesFilters & Slice }>(
    '/tasks',
    {
      constraints: { host: servicesHost },
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
    async (request, reply) => {
      const chain = await chainOf(request);
      if (chain === undefined) return reply.code(401).send({ error: 'unauthorized' });
      const { limit, offset, ...filters } = request.query;
      const { rows, total } = await queries.listServices(chain, filters, { limit, offset });
      reply.header('X-Total-Count', total);
      return reply.send(rows.map(toServicesTask));
    },
  );

  async function chainOf(request: FastifyRequest): Promise<number | undefined> {
    const [, id = '', secret = ''] = /^Bearer ([^:]+):(.+)$/.exec(request.headers.authorization ?? '') ?? [];
    const token = await queries.findToken(id);
    const hash = createHash('sha256').update(secret).digest();
    if (!token || !timingSafeEqual(hash, token.secretHash) || token.revokedAt !== null) return undefined;
    return token.expiresAt === null || Date.now() < token.expiresAt ? token.chain : undefined;
  }

  addPostRoutes(app, { queries, hdpHost, servicesHost, chainOf, toServicesTask });

  await app.listen({ host: '127.0.0.1', port: Number(PORT) });
  process.once('SIGTERM', () => process.exit(0));
}

const toHdpTask = (task: HdpTaskRow) => ({
  ...task,
  createdAt: formatMicros(task.createdAt),
  updatedAt: formatMicros(task.updatedAt),
});

function toServicesTask(row: ServicesTaskRow) {
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
