/** Counts the tasks of a search block that a search finds, without reading the tasks. */
import { nGramOf, nGramsOf } from './n-grams.ts';
import type { SearchBlock } from './search-block.ts';
import { createPrefixMatcher, PREFIX_LENGTH, type PrefixMatch, prefixOf } from './uuid-terms.ts';

/** A change of a task that the block does not count yet. */
export interface UncountedChange {
  tie: string;
  programId: number | null;
  change: number;
}

export interface CountableBlock {
  readonly block: SearchBlock;
  readonly changes: readonly UncountedChange[];
}

/**
 * How the tasks with the term in the uuid but not in the program are counted:
 * - `listed`: the caller lists all of them.
 * - `n-gram`: the term has one or two characters, and blocks count it.
 * - `prefix`: blocks count the uuids in whose head the term begins; the caller lists the others.
 * - `unknown`: there are too many uuids to list; a block determines the number only if it finds all of its tasks.
 */
export type UuidCounting = 'listed' | 'n-gram' | 'prefix' | 'unknown';

/** The counts of a block. */
export interface BlockCount {
  size: number;
  /** The number of found tasks; undefined if the block does not determine it. */
  found: number | undefined;
  /** True if all found tasks are listed or have a program with the term. */
  isListed: boolean;
}

/** Counts a search, block by block. */
export interface SearchCounter {
  /** @param listed the number of listed tasks in the block */
  count(block: CountableBlock, listed: number): BlockCount;
  /** Returns the number of tasks with the n-gram in the uuid but not in the program; 0 for other countings. */
  countByNGram(block: CountableBlock): number;
  /** Returns the programs with the term that have, or recently had, tasks in the block. */
  programsIn(block: CountableBlock): number[];
}

/**
 * @param term a folded term; ULIDs must be able to contain it unless the counting is `listed`
 * @param programs the ids of the programs that contain the term
 */
export function createSearchCounter(
  term: string,
  programs: readonly number[],
  counting: UuidCounting,
): SearchCounter {
  const isMember = membersOf(programs);
  const hasProgram = (id: number | null) => id !== null && isMember[id] === 1;
  const nGram = counting === 'n-gram' ? nGramOf(term) : -1;
  const matchPrefix = prefixMatcherFor(term, counting);

  function countByProgram({ block, changes }: CountableBlock): number {
    if (programs.length === 0) return 0;
    let found = 0;
    // A plain loop, because it runs over all programs of all blocks.
    const { programs: ids, programTasks } = block;
    for (let index = 0; index < ids.length; index += 1) {
      const id = ids[index] ?? 0;
      if (id < isMember.length && isMember[id] === 1) found += programTasks[index] ?? 0;
    }
    for (const { programId, change } of changes) if (hasProgram(programId)) found += change;
    return found;
  }

  function countByNGram({ block, changes }: CountableBlock): number {
    if (nGram < 0) return 0;
    let found = block.nGramTasks[nGram] ?? 0;
    for (const { tie, programId, change } of changes) {
      if (!hasProgram(programId) && nGramsOf(tie).includes(nGram)) found += change;
    }
    return found;
  }

  /** Counts the tasks by how their prefix matches, whether or not their program contains the term. */
  function countByPrefix({ block, changes }: CountableBlock, match: (prefix: number) => PrefixMatch) {
    const found = { none: 0, some: 0, all: 0 };
    for (let index = 0; index < block.prefixes.length; index += 1) {
      found[match(block.prefixes[index] ?? 0)] += block.prefixTasks[index] ?? 0;
    }
    for (const { tie, change } of changes) found[match(prefixOf(tie))] += change;
    return found;
  }

  function countFound(block: CountableBlock, size: number, listed: number): Omit<BlockCount, 'size'> {
    const byProgram = countByProgram(block);
    if (!matchPrefix) {
      const byUuid = countByNGram(block);
      return { found: byProgram + byUuid + listed, isListed: byUuid === 0 };
    }
    const { some, all } = countByPrefix(block, matchPrefix);
    if (some > 0 && counting === 'prefix') return { found: undefined, isListed: false };
    if (all === size) return { found: size, isListed: false };
    if (counting === 'unknown') return { found: byProgram === size ? size : undefined, isListed: false };
    // A task can be found in both ways, unless one way finds none.
    if (all > 0 && byProgram > 0) return { found: undefined, isListed: false };
    return { found: all + byProgram + listed, isListed: all === 0 };
  }

  return {
    count(block, listed) {
      const size = block.changes.reduce((sum, { change }) => sum + change, block.block.size);
      return { size, ...countFound(block, size, listed) };
    },
    countByNGram,
    programsIn({ block, changes }) {
      const found = new Set([...block.programs].filter(hasProgram));
      for (const { programId } of changes)
        if (programId !== null && hasProgram(programId)) found.add(programId);
      return [...found];
    },
  };
}

function prefixMatcherFor(term: string, counting: UuidCounting) {
  if (counting === 'prefix') return createPrefixMatcher(term);
  // Listed tasks would be counted twice if their term began outside of the head; here none are listed.
  return counting === 'unknown' ? createPrefixMatcher(term, PREFIX_LENGTH) : undefined;
}

/** Returns an array that has 1 at the index of each id. */
function membersOf(ids: readonly number[]): Uint8Array {
  const members = new Uint8Array(ids.reduce((highest, id) => Math.max(highest, id), 0) + 1);
  for (const id of ids) members[id] = 1;
  return members;
}
