import { nGramsOfProgram } from '../../model/n-grams.ts';
import type { Connection } from '../connection.ts';
import { statement } from '../statements.ts';
import type { Program } from './programs.ts';

const texts = statement<{ ids: readonly number[] }, Program & { id: number }>(
  'program-texts',
  'SELECT id, hash, name FROM hdp_programs WHERE id = ANY (:ids)',
);

const NONE: readonly number[] = [];

export interface ProgramNGrams {
  /** Reads the n-grams of programs that are not known yet. */
  load(ids: Iterable<number | null>): Promise<void>;
  /** Returns the n-grams of a loaded program. */
  get(id: number | null): readonly number[];
}

/** Reads and caches the n-grams of programs. Use it in one transaction. */
export function createProgramNGrams(connection: Connection): ProgramNGrams {
  const known = new Map<number | null, readonly number[]>();
  return {
    async load(ids) {
      const unknown = [...new Set(ids)].filter((id) => id !== null).filter((id) => !known.has(id));
      if (unknown.length === 0) return;
      for (const { id, hash, name } of await connection.all(texts, { ids: unknown }))
        known.set(id, [...new Set(nGramsOfProgram(hash, name))]);
    },
    get: (id) => known.get(id) ?? NONE,
  };
}
