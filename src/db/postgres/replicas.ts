/**
 * Replicas answer lists and searches. A replica is asked in the same connection, before each query, whether it is a replica of
 * the primary's database and has replayed the log as far as the response needs. Otherwise the primary answers.
 */
import { setTimeout } from 'node:timers/promises';
import { databaseName } from '../../lib/postgres-url.ts';
import { messageOf } from '../../lib/text.ts';
import { createPool, type Pool } from './connection.ts';
import { statement } from './statements.ts';
import { type Reader, readerOf } from './transactions.ts';
import type { ReplicaNeeds } from './versions.ts';

export interface Replicas {
  /**
   * Runs `work`, which must only read, on a replica.
   * @returns its result; undefined if no replica can answer
   */
  read<T>(needs: ReplicaNeeds, work: (reader: Reader) => Promise<T>): Promise<{ result: T } | undefined>;
  close(): Promise<void>;
}

export interface ReplicaOptions {
  /** Receives a sentence when a replica cannot be used, and when it can be used again. */
  onWarning?: ((message: string) => void) | undefined;
}

/** The identity is that of `REPLICATED` in versions.ts. The timeline of a replica is that of its last restart point. */
const check = statement<
  { replicated: string; position: number },
  { isReplica: boolean; hasReplayed: boolean }
>(
  'check-replica',
  `SELECT
     CASE WHEN pg_is_in_recovery() THEN :replicated = concat_ws(' ',
       (SELECT system_identifier FROM pg_control_system()),
       (SELECT upper(lpad(to_hex(timeline_id), 8, '0')) FROM pg_control_checkpoint()),
       current_database(), to_regclass('scope_versions')::oid) ELSE false END AS "isReplica",
     coalesce((pg_last_wal_replay_lsn() - '0/0')::bigint >= :position::bigint, false) AS "hasReplayed"`,
);

/** A list takes milliseconds. If a replica takes much longer, the primary answers. */
const STATEMENT_TIMEOUT_MS = 3000;

/** A replica replays a commit within about a millisecond, if it is not busy. */
const CHECKS = 3;
const CHECK_PAUSE_MS = 3;

/** How long a replica that is behind is not asked. */
const BEHIND_PAUSE_MS = 100;

/** How long a replica may be behind until a warning. */
const BEHIND_WARNING_MS = 10_000;

const FIRST_RETRY_MS = 1000;
const MAX_RETRY_MS = 30_000;

/** The server at a URL is no replica of the database of `DATABASE_URL`. */
class NoReplicaError extends Error {}

/** Creates connections to the replicas with these URLs. They connect with the first query. */
export function createReplicas(urls: readonly string[], options: ReplicaOptions = {}): Replicas {
  const replicas = urls.map((url) => createReplica(url, options));
  let turn = 0;
  return {
    async read(needs, work) {
      turn += 1;
      for (let n = 0; n < replicas.length; n += 1) {
        const result = await replicas[(turn + n) % replicas.length]?.read(needs, work);
        if (result) return result;
      }
      return undefined;
    },
    async close() {
      await Promise.all(replicas.map((replica) => replica.close()));
    },
  };
}

function createReplica(url: string, { onWarning = () => {} }: ReplicaOptions): Replicas {
  const pool = createPool(url, { statementTimeoutMs: STATEMENT_TIMEOUT_MS });
  const closing = new AbortController();
  const name = `The replica ${databaseName(url)}`;
  let isDown = false;
  let lag: Lag | undefined;

  /** Tries again in the background, so that no request waits for a server that is down. */
  async function retry(needs: ReplicaNeeds): Promise<void> {
    for (let pause = FIRST_RETRY_MS; isDown; pause = Math.min(2 * pause, MAX_RETRY_MS)) {
      await setTimeout(pause, undefined, { ref: false, signal: closing.signal });
      isDown = !(await isReplica(pool, needs).catch(() => false));
    }
    onWarning(`${name} is used again.`);
  }

  function giveUp(error: unknown, needs: ReplicaNeeds): void {
    if (isDown || closing.signal.aborted) return;
    isDown = true;
    onWarning(`${name} is not used: ${messageOf(error)}`);
    // Only closing ends it.
    retry(needs).catch(() => undefined);
  }

  function noteLag(): void {
    const now = performance.now();
    lag ??= { since: now, pausedUntil: 0, isReported: false };
    lag.pausedUntil = now + BEHIND_PAUSE_MS;
    if (lag.isReported || now - lag.since < BEHIND_WARNING_MS) return;
    lag.isReported = true;
    onWarning(`${name} is not used while it is behind; it has been for ${BEHIND_WARNING_MS / 1000} seconds.`);
  }

  return {
    async read(needs, work) {
      if (isDown || (lag && performance.now() < lag.pausedUntil)) return undefined;
      try {
        return await pool.withConnection(async (connection) => {
          if (!(await waitForReplay(connection, needs))) {
            noteLag();
            return undefined;
          }
          lag = undefined;
          return { result: await work(readerOf(connection)) };
        });
      } catch (error) {
        giveUp(error, needs);
        return undefined;
      }
    },
    async close() {
      closing.abort();
      await pool.close();
    },
  };
}

interface Lag {
  /** Monotonic milliseconds, as the next one. */
  since: number;
  pausedUntil: number;
  isReported: boolean;
}

type Connection = Pick<Pool, 'first'>;

const isReplica = async (connection: Connection, needs: ReplicaNeeds) =>
  (await connection.first(check, { ...needs }))?.isReplica === true;

/** @returns false if the replica is behind @throws NoReplicaError */
async function waitForReplay(connection: Connection, needs: ReplicaNeeds): Promise<boolean> {
  for (let n = 1; ; n += 1) {
    const state = await connection.first(check, { ...needs });
    if (!state?.isReplica) throw new NoReplicaError('It is no replica of the database of DATABASE_URL.');
    if (state.hasReplayed || n === CHECKS) return state.hasReplayed;
    await setTimeout(CHECK_PAUSE_MS);
  }
}
