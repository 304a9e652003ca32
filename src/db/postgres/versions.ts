/**
 * The data version and the scope versions (db/model/scopes.ts), as the last round trip has read them. One statement reads
 * both in one snapshot. Round trips run one after the other, and all callers that wait share one.
 */
import { chainOfScope, type Scope } from '../model/scopes.ts';
import type { Store } from '../store.ts';
import type { Pool } from './connection.ts';
import { statement } from './statements.ts';

interface Values {
  /** JSON array of the scopes, each with its chain or null. */
  asked: string;
  /** The snapshot at which the versions of all these scopes are known, or null. They are not read again. */
  known: string | null;
  /** The database of the last round trip, or null. */
  knownDatabase: string | null;
}

interface Row {
  /** Identifies the running server and its tables. */
  database: string;
  /** Equal texts mean that nothing was committed in between. */
  snapshot: string;
  /** The write position of the server. It covers every commit in the snapshot, because it is read after it. */
  position: number | null;
  /** Identifies the tables on all replicas of the database. Null if the database is the known one. */
  replicated: string | null;
  scope: Scope;
  /** Null if the snapshot is the known one. */
  version: number | null;
}

/** The system, its timeline and the table. A file of the log is named after the timeline. */
const REPLICATED = `concat_ws(' ', (SELECT system_identifier FROM pg_control_system()),
  left(pg_walfile_name(pg_current_wal_insert_lsn()), 8), current_database(), to_regclass('scope_versions')::oid)`;

/**
 * The snapshot of a standby does not list the transactions in progress, so its text is made unique. The scopes are JSON,
 * because the planner would estimate the length of an array and plan the statement again for each execution.
 */
const readVersions = statement<Values, Row>(
  'read-versions',
  `SELECT current.*, asked.scope, CASE WHEN current.snapshot IS DISTINCT FROM :known::text THEN
     coalesce((SELECT version FROM scope_versions WHERE scope = asked.scope), 0)
     + CASE WHEN asked.chain IS NULL THEN 0
       ELSE (SELECT count(*) FROM pending_services_changes WHERE chain = asked.chain) END
     + CASE WHEN asked.scope = 'hdp' THEN (SELECT count(*) FROM pending_search_changes) ELSE 0 END
   END AS version,
   CASE WHEN current.position IS NOT NULL AND current.database IS DISTINCT FROM :knownDatabase::text THEN ${REPLICATED}
   END AS replicated
   FROM (
     SELECT
       concat_ws(' ', pg_postmaster_start_time(), to_regclass('scope_versions')::oid, pg_is_in_recovery()) AS database,
       concat_ws(' ', pg_current_snapshot(), CASE WHEN pg_is_in_recovery() THEN clock_timestamp() END) AS snapshot,
       CASE WHEN NOT pg_is_in_recovery() THEN (pg_current_wal_insert_lsn() - '0/0')::bigint END AS position
   ) AS current, json_to_recordset(:asked::json) AS asked (scope text, chain bigint)`,
);

/** More scopes are forgotten and read again. */
const MAX_KNOWN_SCOPES = 10_000;

/** Below 2^50, so that the sum with some versions stays exact. */
const MAX_OFFSET = 2 ** 50;

/** The next round trip, and the scopes that its callers need. */
interface RoundTrip {
  scopes: Set<Scope>;
  result: PromiseWithResolvers<void>;
}

/** The data that a replica needs to answer a request. */
export interface ReplicaNeeds {
  /** Identifies the tables on all replicas of the database. */
  replicated: string;
  /** The position in the write-ahead log, in bytes, up to which it must have replayed. */
  position: number;
}

export interface Versions extends Required<Pick<Store, 'dataVersion' | 'scopeVersion' | 'confirm'>> {
  /**
   * Returns the data that a replica needs, so that it is not behind these scopes as the last round trip has read them;
   * undefined if that is unknown.
   */
  replicaNeeds(scopes: readonly Scope[]): ReplicaNeeds | undefined;
}

/** A version, and a position that covers its commits. */
interface WrittenVersion {
  version: number;
  position: number;
}

/** @param onFailure called when a round trip has failed */
export function createVersions(pool: Pool, onFailure: () => void = () => {}): Versions {
  let database: string | undefined;
  let replicated: string | undefined;
  let snapshot: string | undefined;
  let dataVersion = 0;
  let offset = 0;
  /** The versions at `snapshot`. */
  const known = new Map<Scope, number>();
  /** The latest known version of each scope. It stays when another scope changes. */
  const written = new Map<Scope, WrittenVersion>();
  let next: RoundTrip | undefined;
  let isRunning = false;

  async function read(asked: ReadonlySet<Scope>): Promise<void> {
    const scopes = [...asked];
    const areKnown = scopes.every((scope) => known.has(scope));
    const rows = await pool.all(readVersions, {
      asked: JSON.stringify(scopes.map((scope) => ({ scope, chain: chainOfScope(scope) }))),
      known: (areKnown && snapshot) || null,
      knownDatabase: database ?? null,
    });
    const [first] = rows;
    if (!first) throw new Error('The statement returned no row.');
    if (first.database !== database) {
      database = first.database;
      replicated = first.replicated ?? undefined;
      written.clear();
      // Another database, for example one restored from a backup, may count up to the same numbers with other data.
      offset = Math.floor(Math.random() * MAX_OFFSET);
      snapshot = undefined;
    }
    if (first.snapshot !== snapshot) {
      snapshot = first.snapshot;
      dataVersion += 1;
      known.clear();
    }
    // If all are known, the rows have no versions that could replace them.
    if (!areKnown && known.size > MAX_KNOWN_SCOPES) known.clear();
    if (written.size > MAX_KNOWN_SCOPES) written.clear();
    for (const { scope, version, position } of rows) {
      if (version === null) continue;
      known.set(scope, version);
      if (position !== null && written.get(scope)?.version !== version)
        written.set(scope, { version, position });
    }
  }

  async function runRoundTrips(): Promise<void> {
    isRunning = true;
    while (next) {
      const { scopes, result } = next;
      next = undefined;
      await read(scopes).then(result.resolve, (error: unknown) => {
        onFailure();
        result.reject(error);
      });
    }
    isRunning = false;
  }

  return {
    dataVersion: () => dataVersion,
    scopeVersion(scopes) {
      let sum = offset + (known.get('all') ?? Number.NaN);
      for (const scope of scopes) sum += known.get(scope) ?? Number.NaN;
      return sum;
    },
    replicaNeeds(scopes) {
      const all = written.get('all');
      if (replicated === undefined || !all) return undefined;
      let { position } = all;
      for (const scope of scopes) position = Math.max(position, written.get(scope)?.position ?? Number.NaN);
      return Number.isNaN(position) ? undefined : { replicated, position };
    },
    confirm(scopes) {
      next ??= { scopes: new Set<Scope>(['all']), result: Promise.withResolvers<void>() };
      for (const scope of scopes) next.scopes.add(scope);
      const { promise } = next.result;
      if (!isRunning) void runRoundTrips();
      return promise;
    },
  };
}
