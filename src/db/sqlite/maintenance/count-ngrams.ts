import type Database from 'better-sqlite3';
import { termsOfProgram } from '../search/short-terms.ts';

interface NgramCounter {
  add(uuid: string, ofProgram: readonly number[]): void;
}

/** Counts the n-grams of every task, program by program. */
export function addAllNgrams(sqlite: Database.Database, counter: NgramCounter): void {
  const uuids = sqlite
    .prepare<[number | null], string>('SELECT uuid FROM hdp_tasks WHERE program_id IS ?')
    .pluck();
  const programs = sqlite.prepare<[], { id: number; hash: string | null; name: string | null }>(
    'SELECT id, hash, name FROM hdp_programs',
  );
  for (const { id, hash, name } of [{ id: null, hash: null, name: null }, ...programs.all()]) {
    const terms = termsOfProgram(hash, name);
    for (const uuid of uuids.iterate(id)) counter.add(uuid, terms);
  }
}
