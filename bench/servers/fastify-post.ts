/** Untuned `POST /tasks` of both APIs: validates the body, inserts one row through Drizzle, returns the task. */
import { createHash } from 'node:crypto';
import { eq } from 'drizzle-orm';
import type { BetterSQLite3Database } from 'drizzle-orm/better-sqlite3';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { ulid } from 'ulid';
import { fold } from '../tasks.ts';
import { apiKeys, hdpTasks, servicesTasks } from './fastify-schema.ts';

interface Dependencies {
  db: BetterSQLite3Database;
  hdpHost: string;
  servicesHost: string;
  /** Returns the chain of the request's token, or undefined if the token is not valid. */
  chainOf(request: FastifyRequest): number | undefined;
  toServicesTask(row: typeof servicesTasks.$inferSelect): object;
}

interface NewHdpTask {
  destination_chain_id: string;
  input: object;
  program_hash?: string;
  program_name?: string;
  contract_class_hash?: string;
  schedule_mode?: 'onchain' | 'offchain';
  schedule_tx_hash?: string;
}

interface NewServicesTask {
  chain: number;
  desc: string;
  trigger: Record<string, unknown>;
  target: Record<string, unknown>;
  debug?: string;
}

const shortText = { type: 'string', maxLength: 1000 };

/** Adds the `POST /tasks` routes. */
export function addPostRoutes(app: FastifyInstance, deps: Dependencies): void {
  const { db } = deps;

  app.post<{ Body: NewHdpTask }>(
    '/tasks',
    {
      constraints: { host: deps.hdpHost },
      schema: {
        body: {
          type: 'object',
          required: ['destination_chain_id', 'input'],
          properties: {
            destination_chain_id: shortText,
            input: { type: 'object' },
            program_hash: shortText,
            program_name: shortText,
            contract_class_hash: shortText,
            schedule_mode: { enum: ['onchain', 'offchain'] },
            schedule_tx_hash: shortText,
          },
        },
      },
    },
    (request, reply) => {
      if (!isClient(request)) return reply.code(401).send({ error: 'unauthorized' });
      const { body } = request;
      const now = Date.now() * 1000;
      const { uuid } = db
        .insert(hdpTasks)
        .values({
          uuid: ulid(),
          status: 'Received',
          destinationChainId: body.destination_chain_id,
          contractClassHash: body.contract_class_hash ?? '0x0',
          scheduleMode: body.schedule_mode,
          scheduleTxHash: body.schedule_tx_hash,
          programHash: body.program_hash,
          programName: body.program_name,
          createdAt: now,
          updatedAt: now,
          foldedProgramHash: body.program_hash === undefined ? undefined : fold(body.program_hash),
          foldedProgramName: body.program_name === undefined ? undefined : fold(body.program_name),
        })
        .returning({ uuid: hdpTasks.uuid })
        .get();
      return reply.send({ message: 'Task has been queued for processing', status: 'accepted', uuid });
    },
  );

  app.post<{ Body: NewServicesTask }>(
    '/tasks',
    {
      constraints: { host: deps.servicesHost },
      schema: {
        body: {
          type: 'object',
          required: ['chain', 'desc', 'trigger', 'target'],
          properties: {
            chain: { type: 'integer' },
            desc: { type: 'string' },
            debug: { type: 'string' },
            target: { type: 'object' },
            trigger: {
              type: 'object',
              required: ['once'],
              properties: { once: { type: 'string', format: 'date-time' } },
            },
          },
        },
      },
    },
    (request, reply) => {
      const chain = deps.chainOf(request);
      if (chain === undefined) return reply.code(401).send({ error: 'unauthorized' });
      const { body } = request;
      if (body.chain !== chain) return reply.code(403).send({ error: 'forbidden' });
      const now = Math.floor(Date.now() / 1000);
      const row = db
        .insert(servicesTasks)
        .values({
          chain,
          description: body.desc,
          status: 'READY',
          modifiedAt: now,
          createdAt: now,
          trigger: body.trigger,
          target: body.target,
          debug: body.debug ?? '',
          version: 0,
        })
        .returning()
        .get();
      return reply.code(201).send(deps.toServicesTask(row));
    },
  );

  function isClient(request: FastifyRequest): boolean {
    const key = request.headers['x-api-key'];
    const keyHash = createHash('sha256').update(String(key)).digest();
    return db.select().from(apiKeys).where(eq(apiKeys.keyHash, keyHash)).get() !== undefined;
  }
}
