/**
 * Fastify with Drizzle and better-sqlite3. It builds a query for each request and uses `count(*)`, LIKE and OFFSET on the
 * plain tables and indexes.
 */
import { and, asc, count, desc, eq, getTableColumns, or, sql } from 'drizzle-orm';
import { drizzle } from 'drizzle-orm/better-sqlite3';
import { openDatabase } from '../sqlite/reference-tables.ts';
import { fold } from '../tasks.ts';
import { serveTasks } from './fastify-app.ts';
import { accessTokens, apiKeys, hdpTasks, servicesTasks } from './fastify-schema-sqlite.ts';

const db = drizzle({ client: openDatabase(process.env.DATABASE ?? '') });
const { foldedProgramHash: _, foldedProgramName: __, ...hdpColumns } = getTableColumns(hdpTasks);

await serveTasks({
  async listHdp(search, { limit, offset }) {
    const condition = search === '' ? undefined : contains(search);
    const rows = db
      .select(hdpColumns)
      .from(hdpTasks)
      .where(condition)
      .orderBy(desc(hdpTasks.createdAt), desc(hdpTasks.uuid))
      .limit(limit)
      .offset(offset)
      .all();
    const total = db.select({ total: count() }).from(hdpTasks).where(condition).get()?.total ?? 0;
    return { rows, total };
  },
  async listServices(chain, { status, action, campaign_id: campaign }, { limit, offset }) {
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
    return { rows, total };
  },
  findToken: async (id) => db.select().from(accessTokens).where(eq(accessTokens.id, id)).get(),
  hasApiKey: async (keyHash) =>
    db.select().from(apiKeys).where(eq(apiKeys.keyHash, keyHash)).get() !== undefined,
  async insertHdp(task) {
    const { programHash, programName } = task;
    db.insert(hdpTasks)
      .values({
        ...task,
        foldedProgramHash: programHash === null ? null : fold(programHash),
        foldedProgramName: programName === null ? null : fold(programName),
      })
      .run();
  },
  insertServices: async (task) => db.insert(servicesTasks).values(task).returning().get(),
});

function contains(search: string) {
  const pattern = `%${fold(search).replaceAll(/[\\%_]/g, '\\$&')}%`;
  // LIKE ignores the case of ASCII letters; a uuid has no others.
  return or(
    sql`${hdpTasks.uuid} LIKE ${pattern} ESCAPE '\\'`,
    sql`${hdpTasks.foldedProgramHash} LIKE ${pattern} ESCAPE '\\'`,
    sql`${hdpTasks.foldedProgramName} LIKE ${pattern} ESCAPE '\\'`,
  );
}
