import { resolve } from 'node:path';
import { IN_MEMORY } from './lib/path-variable.ts';
import { isPostgresUrl } from './lib/postgres-url.ts';
import { shortened } from './lib/text.ts';

/** The parsed variables that can conflict. A variable that is invalid itself can have a value of any type. */
export interface ConflictingVariables {
  DATABASE_URL: string;
  DATABASE_REPLICA_URLS: string[];
  EXPORTS_DIR: string;
  EXPORT_SOURCE_URL?: string | undefined;
  HEALTH_FILE?: string | undefined;
  SERVICES_HOSTS: string[];
  HDP_HOSTS: string[];
}

/** A variable and its conflict with another one, as the end of a sentence. */
export interface Conflict {
  variable: string;
  problem: string;
}

/** Returns the variables whose values do not fit together. */
export function findConflicts(variables: ConflictingVariables): Conflict[] {
  return [replicaConflict(variables), sharedHostConflict(variables), healthFileConflict(variables)].filter(
    (conflict) => conflict !== undefined,
  );
}

function replicaConflict({
  DATABASE_URL,
  DATABASE_REPLICA_URLS,
}: ConflictingVariables): Conflict | undefined {
  if (typeof DATABASE_URL !== 'string' || isPostgresUrl(DATABASE_URL)) return undefined;
  const isSet = Array.isArray(DATABASE_REPLICA_URLS) && DATABASE_REPLICA_URLS.length > 0;
  // An invalid URL is reported alone.
  if (!isSet || !DATABASE_REPLICA_URLS.every((url) => typeof url === 'string')) return undefined;
  return { variable: 'DATABASE_REPLICA_URLS', problem: 'needs a DATABASE_URL of PostgreSQL' };
}

function sharedHostConflict({ HDP_HOSTS, SERVICES_HOSTS }: ConflictingVariables): Conflict | undefined {
  const shared = HDP_HOSTS.filter((host) => SERVICES_HOSTS.includes(host));
  if (shared.length === 0) return undefined;
  return { variable: 'HDP_HOSTS', problem: `must not share ${shared.join(', ')} with SERVICES_HOSTS` };
}

/** The files of a SQLite database, by the suffix that SQLite adds to the path. */
const DATABASE_SUFFIXES = ['', '-wal', '-shm', '-journal'];

/** Paths that the health file must not have, because each report replaces the health file. */
const RESERVED_PATHS = [
  ['DATABASE_URL', DATABASE_SUFFIXES],
  ['EXPORT_SOURCE_URL', DATABASE_SUFFIXES],
  ['EXPORTS_DIR', ['']],
] as const;

function healthFileConflict(variables: ConflictingVariables): Conflict | undefined {
  const { HEALTH_FILE: healthFile } = variables;
  if (typeof healthFile !== 'string') return undefined;
  const isHealthFile = (path: unknown, suffixes: readonly string[]) =>
    typeof path === 'string' &&
    path !== IN_MEMORY &&
    !isPostgresUrl(path) &&
    suffixes.some((suffix) => resolve(path) + suffix === resolve(healthFile));
  const [other] = RESERVED_PATHS.find(([name, suffixes]) => isHealthFile(variables[name], suffixes)) ?? [];
  if (other === undefined) return undefined;
  const problem = `must not be a file of ${other} (its value is ${shortened(healthFile, 100)})`;
  return { variable: 'HEALTH_FILE', problem };
}
