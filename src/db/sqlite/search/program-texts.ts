/** The texts of programs. Programs are few, so that a search compares all of them, folded and held in memory. */

import type Database from 'better-sqlite3';
import { fold } from '../../model/fold.ts';
import { nGramsOfProgram } from '../../model/n-grams.ts';
import { PROGRAMS } from './tables.ts';

interface ProgramText {
  id: number;
  token: number;
  hash: string | null;
  name: string | null;
}

/** Creates the search through the texts of all programs. It reads new programs when there are any. */
export function createProgramTexts(sqlite: Database.Database) {
  const after = sqlite.prepare<[number], ProgramText>(
    `SELECT id, token, hash, name FROM ${PROGRAMS} WHERE id > ? ORDER BY id`,
  );
  const highest = sqlite.prepare<[], number | null>(`SELECT max(id) FROM ${PROGRAMS}`).pluck();
  const tokenOf = sqlite.prepare<[number], number>(`SELECT token FROM ${PROGRAMS} WHERE id = ?`).pluck();
  let known: { id: number; token: number; hash: string; name: string }[] = [];

  function refresh(): void {
    const last = known.at(-1);
    // After a rollback or a restore, other programs may have the ids. If the last row is the same, all before it are.
    if (last && tokenOf.get(last.id) !== last.token) known = [];
    else if (last && highest.get() === last.id) return;
    for (const { id, token, hash, name } of after.all(known.at(-1)?.id ?? 0)) {
      known.push({ id, token, hash: fold(hash ?? ''), name: fold(name ?? '') });
    }
  }

  return {
    /** Returns the ids of the programs whose hash or name contains a folded, non-empty term. */
    containing(term: string): number[] {
      refresh();
      return known.filter(({ hash, name }) => hash.includes(term) || name.includes(term)).map(({ id }) => id);
    },
  };
}

const MAX_REMEMBERED = 20_000;
const NONE: readonly number[] = [];

export interface ProgramNGrams {
  /** Returns the n-grams of a program by its id, and remembers them. */
  of(id: number | null): readonly number[];
  /** Call it in each transaction: after a rollback or a restore, other programs may have the ids. */
  forget(): void;
}

export function createProgramNGrams(sqlite: Database.Database): ProgramNGrams {
  const texts = sqlite.prepare<[number], { hash: string | null; name: string | null }>(
    `SELECT hash, name FROM ${PROGRAMS} WHERE id = ?`,
  );
  const known = new Map<number, readonly number[]>();
  return {
    of(id) {
      if (id === null) return NONE;
      const remembered = known.get(id);
      if (remembered) return remembered;
      const text = texts.get(id);
      const nGrams = text ? [...new Set(nGramsOfProgram(text.hash, text.name))] : NONE;
      if (known.size >= MAX_REMEMBERED) known.clear();
      known.set(id, nGrams);
      return nGrams;
    },
    forget: () => known.clear(),
  };
}
