/** Global set-up: starts a PostgreSQL server for the tests, with a migrated template of their databases. */
import pg from 'pg';
import type { TestProject } from 'vitest/node';
import { migrateTables } from '../../src/db/postgres/migrate.ts';
import { startPostgresProcess } from './postgres-process.ts';

declare module 'vitest' {
  interface ProvidedContext {
    /** The database on which this project runs the tests of both dialects. */
    dialect: 'sqlite' | 'postgres';
    /** The URL of the server, without a database. Only the project `postgres` has one. */
    postgresUrl: string;
  }
}

export const TEMPLATE = 'template_of_tests';

/** Each worker of the tests keeps a few databases, each with a connection and those of its stores. */
const MAX_CONNECTIONS = 600;

/**
 * Starts the server. It ends with the tests, also after a failure or a signal. `TEST_POSTGRES_URL` names a server to use
 * instead.
 * @returns a function that stops the server and removes its files
 */
export default async function startPostgres(project: TestProject): Promise<() => Promise<void>> {
  const external = process.env.TEST_POSTGRES_URL;
  if (external !== undefined) {
    // It keeps the databases of the tests.
    await createTemplate(external);
    project.provide('postgresUrl', external);
    return async () => {};
  }
  const server = await startPostgresProcess({ settings: { max_connections: String(MAX_CONNECTIONS) } });
  try {
    await createTemplate(server.url);
    project.provide('postgresUrl', server.url);
  } catch (error) {
    await server.remove();
    throw error;
  }
  return server.remove;
}

async function createTemplate(url: string): Promise<void> {
  const client = new pg.Client({ connectionString: `${url}/postgres` });
  await client.connect();
  try {
    await client.query(`DROP DATABASE IF EXISTS ${TEMPLATE}`);
    await client.query(`CREATE DATABASE ${TEMPLATE}`);
  } finally {
    await client.end();
  }
  await migrateTables(`${url}/${TEMPLATE}`);
}
