/** The search terms of the bench. Each kind has more terms than are requested. */

import type { Dataset } from './dataset.ts';
import { createPrograms } from './generate.ts';
import { COMMON, FOREIGN, TEN, THOUSAND } from './programs.ts';
import { Random } from './random.ts';
import { openDatabase } from './reference-tables.ts';

export interface TermKind {
  name: string;
  /** In random order. */
  terms: string[];
  /** The goal for one search, in milliseconds. */
  limitMs: number;
  /** Found in few tasks or none: here the scan of a plain database is slowest. */
  isRare: boolean;
}

const LETTERS = 'abcdefghijklmnopqrstuvwxyz';
const MAX_TERMS = 400;

export function termKinds(dataset: Dataset): TermKind[] {
  const random = new Random(5);
  const kind = (name: string, terms: readonly string[], limitMs = 10, isRare = false) => ({
    name,
    terms: random.shuffle([...new Set(terms)]).slice(0, MAX_TERMS),
    limitMs,
    isRare,
  });
  const programs = createPrograms(dataset.rows);
  const uuids = someUuids(dataset, random);
  return [
    kind('in a tenth of the tasks', parts(COMMON)),
    kind('in 1,000 tasks', parts(THOUSAND)),
    kind('in 10 tasks', parts(TEN), 10, true),
    kind('in none', absentTerms(random), 10, true),
    kind('a whole uuid', uuids, 10, true),
    kind(
      'the middle of a program hash',
      programs.others.map(({ hash }) => hash.slice(24, 24 + 6 + random.below(12))),
    ),
    kind(
      'non-ASCII',
      FOREIGN.flatMap((word) => [...foreignParts(word), ...foreignParts(word.toUpperCase())]),
    ),
    kind('one character', [...`${LETTERS}0123456789_éß数証ÅД`], 50),
    kind('two characters', twoCharacters(), 50),
    ...[3, 4, 5, 6, 8, 10].map((length) =>
      kind(
        `the first ${length} characters of a uuid`,
        uuids.map((uuid) => uuid.slice(0, length)),
      ),
    ),
    kind(
      'three characters that many uuids share',
      uuids.flatMap((uuid) => [uuid.slice(1, 4), uuid.slice(2, 5)]),
    ),
    kind('three characters of uuids and program hashes', threeHexDigits(random)),
    kind('a part of many program names', ['erc', 'snap', 'erc20', 'proof', 'bridge', 'uniswap', '_holders']),
    kind('the program with the most tasks', parts(programs.others[0]?.hash ?? '')),
  ];
}

/** Terms that the same tenth of all tasks has, each of them another request. */
export const commonTerms = () => new Random(6).shuffle(parts(COMMON));

/** Every run of at least five letters. */
function parts(name: string): string[] {
  const found: string[] = [];
  for (let length = 5; length <= name.length; length += 1) {
    for (let at = 0; at + length <= name.length; at += 1) found.push(name.slice(at, at + length));
  }
  return found;
}

function foreignParts(word: string): string[] {
  const found: string[] = [];
  for (let length = 3; length <= word.length; length += 1) {
    for (let at = 0; at + length <= word.length; at += 1) found.push(word.slice(at, at + length));
  }
  // A part must not begin with a combining mark.
  return found.filter(
    (part) => /[^ -~]/.test(part) && !/^\p{M}/u.test(part) && part.normalize('NFC').length > 2,
  );
}

/** Words, and texts of letters that uuids have too, so that an index of uuids does not see at once that none matches. */
function absentTerms(random: Random): string[] {
  return Array.from({ length: MAX_TERMS }, (_, i) =>
    random.text(8 + random.below(5), i % 2 === 0 ? LETTERS : '0123456789ABCDEFGHJKMNPQRSTVWXYZ'),
  );
}

function twoCharacters(): string[] {
  const letters = [...`${LETTERS}0123456789_`];
  return letters.flatMap((first) => letters.map((second) => first + second));
}

const threeHexDigits = (random: Random) =>
  Array.from({ length: MAX_TERMS }, () => random.text(3, '0123456789abcdef'));

function someUuids({ plain, rows }: Dataset, random: Random): string[] {
  const db = openDatabase(plain, { readonly: true });
  const byId = db.prepare<[number], string>('SELECT uuid FROM hdp_tasks WHERE id = ?').pluck();
  const uuids = Array.from({ length: MAX_TERMS }, () => byId.get(1 + random.below(rows)) ?? '');
  db.close();
  return uuids;
}
