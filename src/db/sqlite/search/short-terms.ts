/**
 * Counting the tasks that hold a term of one or two characters in their uuid but not in their program, for all 1,056
 * such terms at once. `hdp_ngram_counts` has the numbers; what has changed since waits in `pending_ngram_changes`, where triggers
 * note it, and both together are right at every moment.
 */
import type Database from 'better-sqlite3';
import { fold } from '../../model/fold.ts';

/** Crockford's alphabet, folded. */
export const LETTERS = [...'0123456789abcdefghjkmnpqrstvwxyz'];
/** Terms go by their place in here. */
const TERMS = [...LETTERS, ...LETTERS.flatMap((first) => LETTERS.map((second) => first + second))];

/** The place of a letter of ASCII, in whichever case, by its code; -1 for other characters. */
const placeOfLetter = new Int8Array(128).fill(-1);
for (const [place, letter] of LETTERS.entries()) {
  for (const form of [letter, letter.toUpperCase()]) placeOfLetter[form.charCodeAt(0)] = place;
}

/** The terms that a text holds, some of them more than once; of the text's case only that of ASCII is looked past. */
function termsIn(text: string): number[] {
  const terms: number[] = [];
  let before = -1;
  for (let at = 0; at < text.length; at += 1) {
    const letter = placeOfLetter[text.charCodeAt(at)] ?? -1;
    if (letter >= 0) {
      terms.push(letter);
      if (before >= 0) terms.push(LETTERS.length * (before + 1) + letter);
    }
    before = letter;
  }
  return terms;
}

/** The terms that a program holds: a task's uuid does not count for these. */
export const termsOfProgram = (hash: string | null, name: string | null): readonly number[] =>
  termsIn(fold(hash ?? '')).concat(termsIn(fold(name ?? '')));

/** Adds up tasks in memory. */
export function createCounts() {
  const counts = new Float64Array(TERMS.length);
  // A term has the number of the task that it was last seen in, so that nothing need be cleared between tasks.
  const seenIn = new Uint32Array(TERMS.length);
  let task = 0;
  return {
    add(uuid: string, ofProgram: readonly number[], change = 1): void {
      task += 1;
      for (const term of ofProgram) seenIn[term] = task;
      for (const term of termsIn(uuid)) {
        if (seenIn[term] === task) continue;
        seenIn[term] = task;
        counts[term] = (counts[term] ?? 0) + change;
      }
    },
    /** The numbers that are not 0. */
    byTerm: () =>
      new Map(
        TERMS.map((term, place): [string, number] => [term, counts[place] ?? 0]).filter(
          ([, tasks]) => tasks !== 0,
        ),
      ),
    clear: () => counts.fill(0),
  };
}

/** Counts tasks into `hdp_ngram_counts`, for somebody who adds many that no trigger notes. */
export function createShortTermsBuilder(sqlite: Database.Database) {
  const counts = createCounts();
  const write = sqlite.prepare(
    `INSERT INTO hdp_ngram_counts (term, tasks) SELECT key, value FROM json_each(?) WHERE true
     ON CONFLICT (term) DO UPDATE SET tasks = tasks + excluded.tasks`,
  );
  return {
    add: counts.add,
    /** Writes the counts; until then no search knows of the tasks. */
    flush(): void {
      write.run(JSON.stringify(Object.fromEntries(counts.byTerm())));
      counts.clear();
    },
  };
}

interface PendingChange {
  id: number;
  uuid: string;
  change: number;
  hash: string | null;
  name: string | null;
}

const PENDING = `SELECT pending.id, uuid, change, hash, name FROM pending_ngram_changes AS pending
   LEFT JOIN hdp_programs ON hdp_programs.id = program_id ORDER BY pending.id`;

/** Reads all pending changes, oldest first. */
export const readPending = (sqlite: Database.Database): Iterable<PendingChange> =>
  sqlite.prepare<[], PendingChange>(PENDING).iterate();

/**
 * Prepares the folding of pending changes into the counts, in the transaction that the caller holds.
 * @returns takes up to `batch` changes, and returns how many it took
 */
export function prepareNgramFolding(sqlite: Database.Database): (batch: number) => number {
  const oldest = sqlite.prepare<[number], PendingChange>(`${PENDING} LIMIT ?`);
  const removal = sqlite.prepare<[number]>('DELETE FROM pending_ngram_changes WHERE id <= ?');
  const builder = createShortTermsBuilder(sqlite);
  return (batch) => {
    const changes = oldest.all(batch);
    const last = changes.at(-1);
    if (!last) return 0;
    for (const { uuid, change, hash, name } of changes) {
      builder.add(uuid, termsOfProgram(hash, name), change);
    }
    builder.flush();
    removal.run(last.id);
    return changes.length;
  };
}
