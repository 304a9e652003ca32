import type Database from 'better-sqlite3';
import { PROGRAMS, RANDOM_VERSION } from './tables.ts';

/** The program of an HDP task. Tasks of one program are searched and counted together. */
export interface Program {
  hash: string | null;
  name: string | null;
}

/** Returns the ids of programs, in the caller's transaction. */
export interface Programs {
  find(program: Program): number | undefined;
  findOrInsert(program: Program): number;
}

export function preparePrograms(sqlite: Database.Database): Programs {
  const find = sqlite
    .prepare<[string | null, string | null], number>(
      `SELECT id FROM ${PROGRAMS} WHERE identity = json_array(?, ?)`,
    )
    .pluck();
  // The token is random: a row with a known token is the same row, even after a restore.
  const insert = sqlite
    .prepare<[string | null, string | null, string | null, string | null], number>(
      `INSERT INTO ${PROGRAMS} (identity, hash, name, tasks, token)
       VALUES (json_array(?, ?), ?, ?, 0, ${RANDOM_VERSION}) RETURNING id`,
    )
    .pluck();
  return {
    find: ({ hash, name }) => find.get(hash, name),
    findOrInsert({ hash, name }) {
      const id = find.get(hash, name) ?? insert.get(hash, name, hash, name);
      if (id === undefined) throw new Error('The program was not inserted.');
      return id;
    },
  };
}
