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
}

interface Row {
  /** Identifies the running server and its tables. */
  database: string;
  /** Equal texts mean that nothing was committed in between. */
  snapshot: string;
  scope: Scope;
  /** Null if the snapshot is the known one. */
  version: number | null;
}

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
   END AS version
   FROM (
     SELECT
       concat_ws(' ', pg_postmaster_start_time(), to_regclass('scope_versions')::oid) AS database,
       concat_ws(' ', pg_current_snapshot(), CASE WHEN pg_is_in_recovery() THEN clock_timestamp() END) AS snapshot
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

type Versions = Required<Pick<Store, 'dataVersion' | 'scopeVersion' | 'confirm'>>;

export function createVersions(pool: Pool): Versions {
  let database: string | undefined;
  let snapshot: string | undefined;
  let dataVersion = 0;
  let offset = 0;
  /** The versions at `snapshot`. */
  const known = new Map<Scope, number>();
  let next: RoundTrip | undefined;
  let isRunning = false;

  async function read(asked: ReadonlySet<Scope>): Promise<void> {
    const scopes = [...asked];
    const areKnown = scopes.every((scope) => known.has(scope));
    const rows = await pool.all(readVersions, {
      asked: JSON.stringify(scopes.map((scope) => ({ scope, chain: chainOfScope(scope) }))),
      known: (areKnown && snapshot) || null,
    });
    const [first] = rows;
    if (!first) throw new Error('The statement returned no row.');
    if (first.database !== database) {
      database = first.database;
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
    for (const { scope, version } of rows) if (version !== null) known.set(scope, version);
  }

  async function runRoundTrips(): Promise<void> {
    isRunning = true;
    while (next) {
      const { scopes, result } = next;
      next = undefined;
      await read(scopes).then(result.resolve, result.reject);
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
    confirm(scopes) {
      next ??= { scopes: new Set<Scope>(['all']), result: Promise.withResolvers<void>() };
      for (const scope of scopes) next.scopes.add(scope);
      const { promise } = next.result;
      if (!isRunning) void runRoundTrips();
      return promise;
    },
  };
}
