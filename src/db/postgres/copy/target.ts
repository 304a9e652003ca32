import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type pg from 'pg';
import { from as copyFrom } from 'pg-copy-streams';
import { hasAtMost, messageOf } from '../../../lib/text.ts';
import type { CopyRow, CopyTarget, TableProgress } from '../../copy/endpoints.ts';
import { actionTooLong, notCopied, notEmpty, otherSource, targetInUse } from '../../copy/refusals.ts';
import { COPIED_TABLES, type CopiedTable, PROGRESS_TABLE } from '../../copy/tables.ts';
import { MAX_ACTION_LENGTH } from '../../model/target-fields.ts';
import { isFrozen, isUnavailable } from '../errors.ts';
import { connectToMigrated, isUnfinishedCopy } from '../migrate.ts';
import { forOperator } from '../operator-errors.ts';
import { setLastId } from './last-ids.ts';
import { serverLocation } from './location.ts';
import { addPrograms } from './programs.ts';
import { namesOf, TABLES, WITHOUT_TIMEOUTS } from './reader.ts';
import { encodeRow } from './text-format.ts';

/** Held while a process copies into the database. */
const LOCK = "hashtext('taskgate copy')";

/** Rows that are sent together. */
const ROWS_OF_CHUNK = 200;

/** Opens a migrated database to copy into it. @throws DatabaseError */
export async function openTarget(databaseUrl: string): Promise<CopyTarget> {
  const client = await connectToMigrated(databaseUrl, { applicationName: 'taskgate migrate-to' });
  const location = serverLocation(databaseUrl);
  await client.query(WITHOUT_TIMEOUTS);
  const lock = await client.query<{ isLocked: boolean }>(
    `SELECT pg_try_advisory_lock(${LOCK}) AS "isLocked"`,
  );
  if (lock.rows[0]?.isLocked !== true) {
    await client.end();
    throw targetInUse(location);
  }

  async function transaction(work: () => Promise<unknown>): Promise<void> {
    await client.query("BEGIN; SET LOCAL taskgate.writes = 'on'");
    try {
      await work();
      await client.query('COMMIT');
    } catch (error) {
      // If this fails too, the connection is lost, and the server rolls back.
      await client.query('ROLLBACK').catch(() => undefined);
      throw forOperator(databaseUrl, error);
    }
  }

  const saveProgress = (name: string, { rows, digest }: TableProgress) =>
    client.query(`UPDATE ${PROGRESS_TABLE} SET "rows" = $1, digest = $2 WHERE name = $3`, [
      rows,
      digest,
      name,
    ]);

  return {
    async begin(source) {
      await transaction(async () => {
        if (await isUnfinishedCopy(client)) return;
        await requireEmpty(client, location);
        await createProgress(client, source);
      });
      return readProgress(client, location, source);
    },
    write: (table, rows, progress) =>
      transaction(async () => {
        await copyRows(client, TABLES.get(table), rows);
        await saveProgress(table, progress);
      }),
    clear: (tables) =>
      transaction(async () => {
        await client.query(`TRUNCATE ${tables.join(', ')}`);
        for (const name of tables) await saveProgress(name, { rows: 0, digest: '' });
      }),
    async setSequences({ services_tasks, hdp_tasks, imports }) {
      await setLastId(client, 'services_task_ids', services_tasks);
      await setLastId(client, 'hdp_tasks_id_seq', hdp_tasks);
      await setLastId(client, 'imports_id_seq', imports);
      // SQLite keeps no sequence for these.
      for (const table of ['services_logs', 'import_batches'])
        await setLastId(client, `${table}_id_seq`, await highestId(client, table));
    },
    async finish() {
      // Without statistics, the first queries would be planned for empty tables.
      await client.query(`VACUUM (ANALYZE) ${[...COPIED_TABLES, 'hdp_programs', 'list_blocks'].join(', ')}`);
      await transaction(() => client.query(`DROP TABLE ${PROGRESS_TABLE}`));
    },
    close: () => client.end(),
  };
}

/** Writes rows by COPY. @throws DatabaseError if the database refuses a row */
async function copyRows(client: pg.Client, table: CopiedTable, rows: readonly CopyRow[]): Promise<void> {
  if (table.name === 'services_tasks') requireStorableActions(table, rows);
  const { columns, values } =
    table.name === 'hdp_tasks'
      ? await addPrograms(client, table, rows)
      : { columns: table.columns, values: rows };
  function* chunks() {
    for (let start = 0; start < values.length; start += ROWS_OF_CHUNK)
      yield values
        .slice(start, start + ROWS_OF_CHUNK)
        .map((row) => encodeRow(columns, row))
        .join('');
  }
  try {
    await pipeline(
      Readable.from(chunks(), { objectMode: false }),
      client.query(copyFrom(`COPY ${table.name} (${namesOf(columns)}) FROM STDIN`)),
    );
  } catch (error) {
    if (isFrozen(error) || isUnavailable(error)) throw error;
    throw notCopied(table.name, messageOf(error));
  }
}

/** SQLite files of earlier versions can have longer actions. @throws DatabaseError */
function requireStorableActions({ columns }: CopiedTable, rows: readonly CopyRow[]): void {
  const [id, action] = ['id', 'action'].map((column) => columns.findIndex(({ name }) => name === column));
  for (const row of rows) {
    const text = String(row[action ?? -1] ?? '');
    if (!hasAtMost(text, MAX_ACTION_LENGTH)) throw actionTooLong(Number(row[id ?? -1]), [...text].length);
  }
}

async function requireEmpty(client: pg.Client, location: string): Promise<void> {
  for (const { name } of TABLES.all) {
    const { rowCount } = await client.query(`SELECT 1 FROM ${name} LIMIT 1`);
    if (rowCount) throw notEmpty(location, name);
  }
}

async function createProgress(client: pg.Client, source: string): Promise<void> {
  await client.query(`CREATE TABLE ${PROGRESS_TABLE} (
    name text PRIMARY KEY, source text NOT NULL, "rows" bigint NOT NULL, digest text NOT NULL
  )`);
  for (const { name } of TABLES.all)
    await client.query(`INSERT INTO ${PROGRESS_TABLE} VALUES ($1, $2, 0, '')`, [name, source]);
}

async function readProgress(
  client: pg.Client,
  location: string,
  source: string,
): Promise<Map<string, TableProgress>> {
  const { rows } = await client.query<TableProgress & { name: string; source: string }>(
    `SELECT * FROM ${PROGRESS_TABLE}`,
  );
  const other = rows.find((progress) => progress.source !== source);
  if (other) throw otherSource(location, other.source);
  return new Map(rows.map(({ name, ...progress }) => [name, progress]));
}

async function highestId(client: pg.Client, table: string): Promise<number> {
  const { rows } = await client.query<{ id: number }>(`SELECT coalesce(max(id), 0) AS id FROM ${table}`);
  return rows[0]?.id ?? 0;
}
