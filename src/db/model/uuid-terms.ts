/**
 * Finds search terms in ULIDs. The first characters of a ULID are its time, so tasks of the same days share them. A term
 * that begins in the head (the first three characters) is found by comparing prefixes. A term that begins in the tail (the
 * rest) is found by the trigram index, which covers only the tail.
 */
import { ALPHABET, alphabetPositionAt } from './n-grams.ts';

export const UUID_LENGTH = 26;
/** The number of characters in the head. */
export const HEAD_LENGTH = 3;
/** The number of characters in a stored prefix. At five bits each, a prefix fits into an unsigned 32-bit integer. */
export const PREFIX_LENGTH = 6;
const BITS_PER_CHARACTER = 5;

/** The prefix of a uuid that is not an upper-case ULID. It matches no term. */
const NO_PREFIX = 0xffff_ffff;

/** The terms that a folded ULID can contain. */
const PART_OF_ULID = /^[0-9a-hjkmnp-tv-z]{1,26}$/;
const ULID = /^[0-9A-HJKMNP-TV-Z]{26}$/;

/** Returns true if a folded term can occur in a ULID. */
export const isPartOfUlid = (term: string): boolean => PART_OF_ULID.test(term);

/** Returns the part of a uuid that the trigram index covers: the tail of a ULID, or all of another uuid. */
export const indexedPart = (uuid: string): string => (ULID.test(uuid) ? uuid.slice(HEAD_LENGTH) : uuid);

/** Returns true if the indexed part of a uuid contains a folded term. Ignores ASCII case. */
export function tailContains(uuid: string, term: string): boolean {
  if (ULID.test(uuid)) return uuid.toLowerCase().includes(term, HEAD_LENGTH);
  return uuid.replace(/[A-Z]+/g, (letters) => letters.toLowerCase()).includes(term);
}

/** Returns true if a uuid contains a folded term. Ignores ASCII case. */
export const uuidContains = (uuid: string, term: string): boolean =>
  tailContains(uuid, term) || headContains(uuid, term);

/** Returns the first six characters of a ULID as a number. */
export function prefixOf(uuid: string): number {
  if (!ULID.test(uuid)) return NO_PREFIX;
  let prefix = 0;
  for (let index = 0; index < PREFIX_LENGTH; index += 1) {
    prefix = prefix * ALPHABET.length + alphabetPositionAt(uuid, index);
  }
  return prefix;
}

/** How many of the ULIDs with a prefix contain a term that begins in their head. */
export type PrefixMatch = 'none' | 'some' | 'all';

/**
 * Creates a function that matches prefixes with a folded, non-empty term.
 * @param places the number of characters in which the term may begin; up to the length of a prefix
 */
export function createPrefixMatcher(term: string, places = HEAD_LENGTH): (prefix: number) => PrefixMatch {
  const patterns = Array.from({ length: places }, (_, position) => {
    const compared = Math.min(term.length, PREFIX_LENGTH - position);
    let value = 0;
    for (let index = 0; index < compared; index += 1)
      value = value * ALPHABET.length + alphabetPositionAt(term, index);
    return {
      value,
      shift: BITS_PER_CHARACTER * (PREFIX_LENGTH - position - compared),
      mask: ALPHABET.length ** compared - 1,
      isWhole: compared === term.length,
    };
  });
  return (prefix) => {
    if (prefix === NO_PREFIX) return 'none';
    let match: PrefixMatch = 'none';
    for (const { value, shift, mask, isWhole } of patterns) {
      if (((prefix >>> shift) & mask) !== value) continue;
      if (isWhole) return 'all';
      match = 'some';
    }
    return match;
  };
}

/** Returns true if a uuid is a ULID in whose head a folded term begins. */
export const headContains = (uuid: string, term: string): boolean =>
  ULID.test(uuid) &&
  uuid
    .slice(0, HEAD_LENGTH - 1 + term.length)
    .toLowerCase()
    .includes(term);
