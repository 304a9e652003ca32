import type Database from 'better-sqlite3';
import type { CopyRow, CopyTarget, CopyValue, TableProgress } from '../../copy/endpoints.ts';
import { notEmpty, otherSource } from '../../copy/refusals.ts';
import { type CopiedTable, PROGRESS_TABLE } from '../../copy/tables.ts';
import { connect } from '../connection.ts';
import { filePath } from '../database-url.ts';
import { isUnfinishedCopy } from '../migrate.ts';
import { fileLocation } from './location.ts';
import { namesOf, TABLES } from './reader.ts';

/** Opens a migrated database file to copy into it. No other process can use it meanwhile. @throws DatabaseError */
export function openTarget(databaseUrl: string): CopyTarget {
  const path = filePath(databaseUrl);
  const sqlite = connect(path, { mustExist: true });
  // A second copy into this file, or a server, would mix its rows with those of this copy.
  sqlite.pragma('locking_mode = EXCLUSIVE');
  const transaction = <T>(work: () => T): T => sqlite.transaction(work).exclusive();
  const insertions = new Map<string, (row: CopyRow) => void>();

  function insertionOf(table: string): (row: CopyRow) => void {
    const insertion = insertions.get(table) ?? prepareInsertion(sqlite, TABLES.get(table));
    insertions.set(table, insertion);
    return insertion;
  }

  const saveProgress = (name: string, { rows, digest }: TableProgress) =>
    sqlite
      .prepare(`UPDATE ${PROGRESS_TABLE} SET "rows" = CAST(? AS INTEGER), digest = ? WHERE name = ?`)
      .run(rows, digest, name);

  return {
    begin: async (source) =>
      transaction(() => {
        if (!isUnfinishedCopy(sqlite)) {
          requireEmpty(sqlite, fileLocation(path));
          createProgress(sqlite, source);
        }
        return readProgress(sqlite, fileLocation(path), source);
      }),
    write: async (table, rows, progress) =>
      transaction(() => {
        const insert = insertionOf(table);
        for (const row of rows) insert(row);
        saveProgress(table, progress);
      }),
    clear: async (tables) =>
      transaction(() => {
        for (const name of [...tables].reverse()) {
          sqlite.exec(`DELETE FROM ${name}`);
          saveProgress(name, { rows: 0, digest: '' });
        }
      }),
    setSequences: async ({ services_tasks, hdp_tasks, imports }) =>
      transaction(() => {
        sqlite
          .prepare("UPDATE id_sequences SET last = CAST(? AS INTEGER) WHERE name = 'services_tasks'")
          .run(services_tasks);
        setAutoincrement(sqlite, 'hdp_tasks', hdp_tasks);
        setAutoincrement(sqlite, 'imports', imports);
      }),
    finish: async () => void sqlite.exec(`DROP TABLE ${PROGRESS_TABLE}`),
    close: async () => void sqlite.close(),
  };
}

function requireEmpty(sqlite: Database.Database, location: string): void {
  for (const { name } of TABLES.all)
    if (sqlite.prepare(`SELECT 1 FROM ${name} LIMIT 1`).get() !== undefined) throw notEmpty(location, name);
}

function createProgress(sqlite: Database.Database, source: string): void {
  sqlite.exec(`CREATE TABLE ${PROGRESS_TABLE} (
    name text PRIMARY KEY NOT NULL, source text NOT NULL, "rows" integer NOT NULL, digest text NOT NULL
  ) STRICT`);
  const insertion = sqlite.prepare(
    `INSERT INTO ${PROGRESS_TABLE} (name, source, "rows", digest) VALUES (?, ?, 0, '')`,
  );
  for (const { name } of TABLES.all) insertion.run(name, source);
}

function readProgress(
  sqlite: Database.Database,
  location: string,
  source: string,
): Map<string, TableProgress> {
  const stored = sqlite
    .prepare<[], TableProgress & { name: string; source: string }>(`SELECT * FROM ${PROGRESS_TABLE}`)
    .all();
  const other = stored.find((progress) => progress.source !== source);
  if (other) throw otherSource(location, other.source);
  return new Map(stored.map(({ name, ...progress }) => [name, progress]));
}

function prepareInsertion(sqlite: Database.Database, { name, columns }: CopiedTable): (row: CopyRow) => void {
  const written = columns.flatMap((column, index) => (column.isGenerated ? [] : [{ ...column, index }]));
  const insertion = sqlite.prepare<[(CopyValue | Buffer)[]]>(
    `INSERT INTO ${name} (${namesOf(written)}) VALUES (${written.map(() => '?').join(', ')})`,
  );
  return (row) => {
    insertion.run(
      written.map(({ kind, index }) => {
        const value = row[index] ?? null;
        return kind === 'bytes' && typeof value === 'string' ? Buffer.from(value, 'hex') : value;
      }),
    );
  };
}

/** SQLite keeps the last id of a table with AUTOINCREMENT in a row that the first insertion creates. */
function setAutoincrement(sqlite: Database.Database, table: string, last: number): void {
  sqlite.prepare('DELETE FROM sqlite_sequence WHERE name = ?').run(table);
  if (last > 0)
    sqlite.prepare('INSERT INTO sqlite_sequence (name, seq) VALUES (?, CAST(? AS INTEGER))').run(table, last);
}
