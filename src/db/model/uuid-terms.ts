/**
 * Where a ULID contains a search term. The first characters of a ULID are its time, so tasks of the same days share
 * them. A term that begins in the head (the first three characters) is found by comparing prefixes; one that begins
 * later, in the tail, is found by the trigram index, which covers the tail alone.
 */
import { LETTERS, letterAt } from './n-grams.ts';

export const UUID_LENGTH = 26;
/** The number of positions at which a term begins in the head. */
export const HEAD_LENGTH = 3;
/** The number of characters in a stored prefix: five bits each, so that a prefix is an unsigned 32-bit integer. */
const PREFIX_LENGTH = 6;
const LETTER_BITS = 5;

/** The prefix of a uuid that is not a ULID in upper case. It matches no term. */
const NO_PREFIX = 0xffff_ffff;

/** What a folded ULID can contain. */
const PART_OF_ULID = /^[0-9a-hjkmnp-tv-z]{1,26}$/;
const ULID = /^[0-9A-HJKMNP-TV-Z]{26}$/;

/** Returns true if a folded term can occur in a ULID. */
export const isPartOfUlid = (term: string): boolean => PART_OF_ULID.test(term);

/** Returns the part of a uuid that the trigram index covers: the tail of a ULID, or a whole uuid of another form. */
export const indexedPart = (uuid: string): string => (ULID.test(uuid) ? uuid.slice(HEAD_LENGTH) : uuid);

/** Returns true if the trigram index finds a uuid by a folded term. Only ASCII case is ignored. */
export function tailContains(uuid: string, term: string): boolean {
  if (ULID.test(uuid)) return uuid.toLowerCase().includes(term, HEAD_LENGTH);
  return uuid.replace(/[A-Z]+/g, (letters) => letters.toLowerCase()).includes(term);
}

/** Returns the first six characters of a ULID as a number. */
export function prefixOf(uuid: string): number {
  if (!ULID.test(uuid)) return NO_PREFIX;
  let prefix = 0;
  for (let index = 0; index < PREFIX_LENGTH; index += 1) {
    prefix = prefix * LETTERS.length + letterAt(uuid, index);
  }
  return prefix;
}

/** Whether the ULIDs with a prefix contain a term that begins in their head. */
export type PrefixMatch = 'none' | 'some' | 'all';

/** Returns a function that compares prefixes with a folded term of at least one letter. */
export function createPrefixMatcher(term: string): (prefix: number) => PrefixMatch {
  const patterns = Array.from({ length: HEAD_LENGTH }, (_, position) => {
    const compared = Math.min(term.length, PREFIX_LENGTH - position);
    let value = 0;
    for (let index = 0; index < compared; index += 1) value = value * LETTERS.length + letterAt(term, index);
    return {
      value,
      shift: LETTER_BITS * (PREFIX_LENGTH - position - compared),
      mask: LETTERS.length ** compared - 1,
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

/** Returns true if a uuid is a ULID that contains a folded term which begins in its head. */
export const headContains = (uuid: string, term: string): boolean =>
  ULID.test(uuid) &&
  uuid
    .slice(0, HEAD_LENGTH - 1 + term.length)
    .toLowerCase()
    .includes(term);
