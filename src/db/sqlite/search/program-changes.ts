import type Database from 'better-sqlite3';
import type { ProgramChange } from '../../model/changes.ts';
import { createShortTermsBuilder, termsOfProgram } from './short-terms.ts';

/** More changes than this are counted into the n-gram counts at once; fewer wait for the indexing step. */
const MAX_PENDING = 500;

/** Prepares the writing of changes of programs: the number of tasks of each, and what the n-gram counts need. */
export function prepareProgramChanges(sqlite: Database.Database) {
  const count = sqlite.prepare<[number, number]>('UPDATE hdp_programs SET tasks = tasks + ? WHERE id = ?');
  const pend = sqlite.prepare<[string, number, number]>(
    'INSERT INTO pending_ngram_changes (uuid, program_id, change) VALUES (?, ?, ?)',
  );
  const textsOf = sqlite.prepare<[number], { hash: string | null; name: string | null }>(
    'SELECT hash, name FROM hdp_programs WHERE id = ?',
  );
  const ngrams = createShortTermsBuilder(sqlite);

  function countNgrams(changes: readonly ProgramChange[]): void {
    const termsOf = new Map<number, readonly number[]>();
    for (const { uuid, programId, by } of changes) {
      let terms = termsOf.get(programId);
      if (!terms) {
        const { hash = null, name = null } = textsOf.get(programId) ?? {};
        terms = termsOfProgram(hash, name);
        termsOf.set(programId, terms);
      }
      ngrams.add(uuid, terms, by);
    }
    ngrams.flush();
  }

  /** Writes changes in the transaction that has changed the tasks. */
  return (changes: readonly ProgramChange[]): void => {
    const sums = new Map<number, number>();
    for (const { programId, by } of changes) sums.set(programId, (sums.get(programId) ?? 0) + by);
    for (const [programId, sum] of sums) if (sum !== 0) count.run(sum, programId);
    if (changes.length > MAX_PENDING) countNgrams(changes);
    else for (const { uuid, programId, by } of changes) pend.run(uuid, programId, by);
  };
}
