/** Search terms, grouped by how many tasks they match. Each group has more terms than a workload uses. */

import { withReader } from './databases.ts';
import { createPrograms } from './generate.ts';
import { COMMON_NAME, NAME_IN_10_TASKS, NAME_IN_1000_TASKS, NON_ASCII_NAMES } from './hdp-programs.ts';
import { Random } from './random.ts';
import type { Bench } from './start-servers.ts';

export interface TermGroup {
  name: string;
  /** Distinct terms in random order. */
  terms: string[];
  /** The goal for the median time of a search. */
  limitMs: number;
  /** Matches few tasks or none. A plain database then scans its whole table. */
  isRare: boolean;
}

const LETTERS = 'abcdefghijklmnopqrstuvwxyz';
const MAX_TERMS = 400;

/** Creates the groups of search terms for a data set. */
export async function createTermGroups({ dataset, goals }: Bench): Promise<TermGroup[]> {
  const random = new Random(5);
  const group = (name: string, terms: readonly string[], limitMs = goals.searchMs, isRare = false) => ({
    name,
    terms: random.shuffle([...new Set(terms)]).slice(0, MAX_TERMS),
    limitMs,
    isRare,
  });
  const programs = createPrograms(dataset.rows);
  const uuids = await randomUuids(dataset, random);
  return [
    group('in a tenth of the tasks', substrings(COMMON_NAME)),
    group('in 1,000 tasks', substrings(NAME_IN_1000_TASKS)),
    group('in 10 tasks', substrings(NAME_IN_10_TASKS), goals.searchMs, true),
    group('in none', absentTerms(random), goals.searchMs, true),
    group('a whole uuid', uuids, goals.searchMs, true),
    group(
      'the middle of a program hash',
      programs.others.map(({ hash }) => hash.slice(24, 24 + 6 + random.below(12))),
    ),
    group(
      'non-ASCII',
      NON_ASCII_NAMES.flatMap((word) => [...nonAsciiParts(word), ...nonAsciiParts(word.toUpperCase())]),
    ),
    group('one character', [...`${LETTERS}0123456789_éß数証ÅД`], goals.shortSearchMs),
    group('two characters', twoCharacters(), goals.shortSearchMs),
    ...[3, 4, 5, 6, 8, 10].map((length) =>
      group(
        `the first ${length} characters of a uuid`,
        uuids.map((uuid) => uuid.slice(0, length)),
      ),
    ),
    group(
      'three characters that many uuids share',
      uuids.flatMap((uuid) => [uuid.slice(1, 4), uuid.slice(2, 5)]),
    ),
    group('three characters of uuids and program hashes', threeHexDigits(random)),
    group('a part of many program names', ['erc', 'snap', 'erc20', 'proof', 'bridge', 'uniswap', '_holders']),
    group('the program with the most tasks', substrings(programs.others[0]?.hash ?? '')),
  ];
}

/** Returns different terms that match the same tenth of all tasks. */
export const commonTerms = () => new Random(6).shuffle(substrings(COMMON_NAME));

/** Returns every substring of at least five characters. */
function substrings(name: string): string[] {
  const results: string[] = [];
  for (let length = 5; length <= name.length; length += 1) {
    for (let at = 0; at + length <= name.length; at += 1) results.push(name.slice(at, at + length));
  }
  return results;
}

function nonAsciiParts(word: string): string[] {
  const results: string[] = [];
  for (let length = 3; length <= word.length; length += 1) {
    for (let at = 0; at + length <= word.length; at += 1) results.push(word.slice(at, at + length));
  }
  // A term must not begin with a combining mark. It needs three characters after normalization.
  return results.filter(
    (part) => /[^ -~]/.test(part) && !/^\p{M}/u.test(part) && part.normalize('NFC').length > 2,
  );
}

/** Returns terms without a match. Half of them use the alphabet of uuids, so an index of uuids cannot reject them early. */
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

function randomUuids({ plain, rows }: Bench['dataset'], random: Random): Promise<string[]> {
  return withReader(plain, async (reader) => {
    const uuids: string[] = [];
    while (uuids.length < MAX_TERMS) {
      const id = 1 + random.below(rows);
      const [row] = await reader.all<{ uuid: string }>('SELECT uuid FROM hdp_tasks WHERE id = ?', [id]);
      uuids.push(row?.uuid ?? '');
    }
    return uuids;
  });
}
