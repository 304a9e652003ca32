/** Untuned `POST /tasks` of both APIs: validates the body, inserts one row, returns the task. */
import { createHash } from 'node:crypto';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { ulid } from 'ulid';
import type { ServicesTaskRow, TaskQueries } from './fastify-queries.ts';

interface Dependencies {
  queries: TaskQueries;
  hdpHost: string;
  servicesHost: string;
  /** Returns the chain of the request's token, or undefined if the token is not valid. */
  chainOf(request: FastifyRequest): Promise<number | undefined>;
  toServicesTask(row: ServicesTaskRow): object;
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
  const { queries } = deps;

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
    async (request, reply) => {
      if (!(await isClient(request))) return reply.code(401).send({ error: 'unauthorized' });
      const { body } = request;
      const [uuid, now] = [ulid(), Date.now() * 1000];
      await queries.insertHdp({
        uuid,
        status: 'Received',
        destinationChainId: body.destination_chain_id,
        contractClassHash: body.contract_class_hash ?? '0x0',
        scheduleMode: body.schedule_mode ?? null,
        scheduleTxHash: body.schedule_tx_hash ?? null,
        dataSourceChains: null,
        dataDestinationChain: null,
        hdpCoreProgramHash: null,
        taskHash: null,
        programHash: body.program_hash ?? null,
        programName: body.program_name ?? null,
        outputTreeRoot: null,
        createdAt: now,
        updatedAt: now,
      });
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
    async (request, reply) => {
      const chain = await deps.chainOf(request);
      if (chain === undefined) return reply.code(401).send({ error: 'unauthorized' });
      const { body } = request;
      if (body.chain !== chain) return reply.code(403).send({ error: 'forbidden' });
      const now = Math.floor(Date.now() / 1000);
      const row = await queries.insertServices({
        chain,
        description: body.desc,
        status: 'READY',
        modifiedAt: now,
        createdAt: now,
        trigger: body.trigger,
        target: body.target,
        debug: body.debug ?? '',
        version: 0,
      });
      return reply.code(201).send(row && deps.toServicesTask(row));
    },
  );

  async function isClient(request: FastifyRequest): Promise<boolean> {
    const key = request.headers['x-api-key'];
    return queries.hasApiKey(createHash('sha256').update(String(key)).digest());
  }
}
