import { setTimeout } from 'node:timers/promises';
import type pg from 'pg';
import { databaseName } from '../../lib/postgres-url.ts';
import { FROZEN_MESSAGE } from '../copy/frozen.ts';
import { unfinishedCopy } from '../copy/refusals.ts';
import { COPIED_TABLES } from '../copy/tables.ts';
import { FROZEN_CODE, isRetryable } from './errors.ts';
import { FROZEN_TRIGGER, isFrozenDatabase } from './frozen-triggers.ts';
import { connectToMigrated, isUnfinishedCopy } from './migrate.ts';
import { forOperator } from './operator-errors.ts';

const FREEZE = `
  CREATE FUNCTION ${FROZEN_TRIGGER}() RETURNS trigger LANGUAGE plpgsql AS $$
  BEGIN
    RAISE EXCEPTION '${FROZEN_MESSAGE}' USING ERRCODE = '${FROZEN_CODE}';
  END
  $$;
  ${COPIED_TABLES.map(
    (table) => `CREATE TRIGGER ${FROZEN_TRIGGER} BEFORE INSERT OR UPDATE OR DELETE ON ${table}
      FOR EACH ROW EXECUTE FUNCTION ${FROZEN_TRIGGER}();`,
  ).join('\n')}`;

/** Removes the triggers too. */
const UNFREEZE = `DROP FUNCTION ${FROZEN_TRIGGER} CASCADE`;

const MAX_ATTEMPTS = 20;

/** Makes a database refuse changes, on all servers. Waits for the transactions that write. @throws DatabaseError */
export function freeze(databaseUrl: string): Promise<void> {
  return withClient(databaseUrl, false, async (client) => {
    if (await isUnfinishedCopy(client)) throw unfinishedCopy(databaseName(databaseUrl));
    if (!(await isFrozenDatabase(client))) await change(client, FREEZE);
  });
}

/** Lets a database be changed again. @returns false if it was not frozen @throws DatabaseError */
export function unfreeze(databaseUrl: string): Promise<boolean> {
  return withClient(databaseUrl, true, async (client) => {
    if (!(await isFrozenDatabase(client))) return false;
    await change(client, UNFREEZE);
    return true;
  });
}

async function withClient<T>(
  databaseUrl: string,
  isAnyVersion: boolean,
  work: (client: pg.Client) => Promise<T>,
): Promise<T> {
  const client = await connectToMigrated(databaseUrl, { applicationName: 'taskgate freeze', isAnyVersion });
  try {
    return await work(client);
  } catch (error) {
    throw forOperator(databaseUrl, error);
  } finally {
    await client.end();
  }
}

/** Runs statements in one transaction. It needs locks on all tables, so it can meet a writer in a deadlock. */
async function change(client: pg.Client, statements: string): Promise<void> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      await client.query(`BEGIN; ${statements}; COMMIT`);
      return;
    } catch (error) {
      await client.query('ROLLBACK');
      if (attempt === MAX_ATTEMPTS || !isRetryable(error)) throw error;
      await setTimeout(Math.random() * 5 * attempt);
    }
  }
}
