/**
 * Fastify with Drizzle and a pool of pg. It builds a query for each request and uses `count(*)`, ILIKE and OFFSET on the
 * plain tables and indexes. Rows and count are read concurrently.
 */
import { and, asc, desc, eq, getTableColumns, ilike, or } from 'drizzle-orm';
import { drizzle } from 'drizzle-orm/node-postgres';
import pg from 'pg';
import { fold } from '../tasks.ts';
import { serveTasks } from './fastify-app.ts';
import { accessTokens, apiKeys, hdpTasks, servicesTasks } from './fastify-schema-postgres.ts';

const db = drizzle({ client: new pg.Pool({ connectionString: process.env.DATABASE }) });
const { foldedProgramHash: _, foldedProgramName: __, ...hdpColumns } = getTableColumns(hdpTasks);

await serveTasks({
  async listHdp(search, { limit, offset }) {
    const condition = search === '' ? undefined : contains(search);
    const [rows, total] = await Promise.all([
      db
        .select(hdpColumns)
        .from(hdpTasks)
        .where(condition)
        .orderBy(desc(hdpTasks.createdAt), desc(hdpTasks.uuid))
        .limit(limit)
        .offset(offset),
      db.$count(hdpTasks, condition),
    ]);
    return { rows, total };
  },
  async listServices(chain, { status, action, campaign_id: campaign }, { limit, offset }) {
    const condition = and(
      eq(servicesTasks.chain, chain),
      status === undefined ? undefined : eq(servicesTasks.status, status),
      action === undefined ? undefined : eq(servicesTasks.action, action),
      campaign === undefined ? undefined : eq(servicesTasks.campaign, campaign),
    );
    const [rows, total] = await Promise.all([
      db
        .select()
        .from(servicesTasks)
        .where(condition)
        .orderBy(asc(servicesTasks.id))
        .limit(limit)
        .offset(offset),
      db.$count(servicesTasks, condition),
    ]);
    return { rows, total };
  },
  async findToken(id) {
    const [token] = await db.select().from(accessTokens).where(eq(accessTokens.id, id));
    return token;
  },
  async hasApiKey(keyHash) {
    const [key] = await db.select().from(apiKeys).where(eq(apiKeys.keyHash, keyHash));
    return key !== undefined;
  },
  async insertHdp(task) {
    const { programHash, programName } = task;
    await db.insert(hdpTasks).values({
      ...task,
      foldedProgramHash: programHash === null ? null : fold(programHash),
      foldedProgramName: programName === null ? null : fold(programName),
    });
  },
  async insertServices(task) {
    const [row] = await db.insert(servicesTasks).values(task).returning();
    return row;
  },
});

function contains(search: string) {
  const pattern = `%${fold(search).replaceAll(/[\\%_]/g, '\\$&')}%`;
  return or(
    ilike(hdpTasks.uuid, pattern),
    ilike(hdpTasks.foldedProgramHash, pattern),
    ilike(hdpTasks.foldedProgramName, pattern),
  );
}
