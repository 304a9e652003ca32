/** Chooses the host of the databases of a run. Only the main process imports it: a host starts processes. */
import type { DatabaseHost, DatabaseName } from './database.ts';
import { startPostgresHost } from './postgres/host.ts';
import { createSqliteHost } from './sqlite/host.ts';

const HOSTS: Record<DatabaseName, (scratch: string) => Promise<DatabaseHost>> = {
  sqlite: async (scratch) => createSqliteHost(scratch),
  postgres: startPostgresHost,
};

/** Starts what the databases of a run need. @param scratch a folder for temporary files */
export const startHost = (name: DatabaseName, scratch: string): Promise<DatabaseHost> => HOSTS[name](scratch);
