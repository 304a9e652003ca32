/** The texts of programs. There are few programs, so a search compares the folded texts of all of them in memory. */

import type Database from 'better-sqlite3';
import { foldCase } from '../../model/fold-case.ts';
import { nGramsOfProgram } from '../../model/n-grams.ts';
import { PROGRAMS } from './tables.ts';

interface ProgramText {
  id: number;
  token: number;
  hash: string | null;
  name: string | null;
}

/** Caches the folded texts of all programs. Each search reads the new ones. */
export function createProgramTexts(sqlite: Database.Database) {
  const after = sqlite.prepare<[number], ProgramText>(
    `SELECT id, token, hash, name FROM ${PROGRAMS} WHERE id > ? ORDER BY id`,
  );
  const highest = sqlite.prepare<[], number | null>(`SELECT max(id) FROM ${PROGRAMS}`).pluck();
  const tokenOf = sqlite.prepare<[number], number>(`SELECT token FROM ${PROGRAMS} WHERE id = ?`).pluck();
  let cached: { id: number; token: number; hash: string; name: string }[] = [];

  function refresh(): void {
    const last = cached.at(-1);
    // After a rollback or a restore, ids may belong to other programs. If the last row is the same, all rows before it are.
    if (last && tokenOf.get(last.id) !== last.token) cached = [];
    else if (last && highest.get() === last.id) return;
    for (const { id, token, hash, name } of after.all(cached.at(-1)?.id ?? 0)) {
      cached.push({ id, token, hash: foldCase(hash ?? ''), name: foldCase(name ?? '') });
    }
  }

  return {
    /** Returns the ids of the programs whose hash or name contains a folded, non-empty term. */
    listContaining(term: string): number[] {
      refresh();
      return cached
        .filter(({ hash, name }) => hash.includes(term) || name.includes(term))
        .map(({ id }) => id);
    },
  };
}

const MAX_CACHED_PROGRAMS = 20_000;
const NONE: readonly number[] = [];

export interface ProgramNGrams {
  /** Returns the n-grams of a program by its id. */
  get(id: number | null): readonly number[];
  /** Clears the cache. Call it in each transaction: after a rollback or a restore, ids may belong to other programs. */
  clear(): void;
}

export function createProgramNGrams(sqlite: Database.Database): ProgramNGrams {
  const texts = sqlite.prepare<[number], { hash: string | null; name: string | null }>(
    `SELECT hash, name FROM ${PROGRAMS} WHERE id = ?`,
  );
  const cached = new Map<number, readonly number[]>();
  return {
    get(id) {
      if (id === null) return NONE;
      const found = cached.get(id);
      if (found) return found;
      const text = texts.get(id);
      const nGrams = text ? [...new Set(nGramsOfProgram(text.hash, text.name))] : NONE;
      if (cached.size >= MAX_CACHED_PROGRAMS) cached.clear();
      cached.set(id, nGrams);
      return nGrams;
    },
    clear: () => cached.clear(),
  };
}
