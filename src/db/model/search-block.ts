/**
 * Search blocks. The list of all HDP tasks is cut into blocks of some thousand tasks in list order. Each block stores
 * how many of its tasks have each program, each uuid prefix, and each n-gram in the uuid but not in the program. From
 * these follow how many tasks of the block a search finds, so that a search reads rows only where its page is.
 */
import { isDeepStrictEqual } from 'node:util';
import { NGRAM_COUNT, nGramsOf } from './n-grams.ts';
import { prefixOf } from './uuid-terms.ts';

/** A block is built with this many tasks, and split when it has twice as many. */
export const SEARCH_BLOCK_SIZE = 4096;
/** Counts are stored in 16 bits. */
const MAX_COUNT = 0x7fff;

type Counts = Int16Array | Int32Array;

/** The counts of one block, or of a group of blocks. */
export interface SearchBlock {
  size: number;
  /** Program ids and the number of tasks of each. */
  programs: Uint32Array;
  programTasks: Counts;
  /** Prefixes of uuids and the number of tasks with each. */
  prefixes: Uint32Array;
  prefixTasks: Counts;
  /** The number of tasks with each n-gram in the uuid but not in the program. */
  nGramTasks: Counts;
}

/** A task as far as a search block counts it. */
export interface CountedTask {
  uuid: string;
  programId: number | null;
  /** The n-grams of the task's program. */
  programNGrams: readonly number[];
}

const EMPTY: SearchBlock = {
  size: 0,
  programs: new Uint32Array(),
  programTasks: new Int16Array(),
  prefixes: new Uint32Array(),
  prefixTasks: new Int16Array(),
  nGramTasks: new Int16Array(NGRAM_COUNT),
};

/** Adds up changes of one block. They are merged into its counts once, when it is encoded. */
export class SearchBlockCounter {
  size: number;
  readonly #block: SearchBlock;
  readonly #programs = new Map<number, number>();
  readonly #prefixes = new Map<number, number>();
  readonly #nGrams: Int32Array;
  // The task in which an n-gram was last seen, so that nothing is cleared between tasks.
  readonly #seenIn = new Uint32Array(NGRAM_COUNT);
  #task = 0;

  constructor(block = EMPTY) {
    this.#block = block;
    this.size = block.size;
    this.#nGrams = Int32Array.from(block.nGramTasks);
  }

  /** @param change 1 to add the task, -1 to remove it */
  add({ uuid, programId, programNGrams }: CountedTask, change: number): void {
    this.size += change;
    if (programId !== null) addTo(this.#programs, programId, change);
    addTo(this.#prefixes, prefixOf(uuid), change);
    this.#task += 1;
    for (const nGram of programNGrams) this.#seenIn[nGram] = this.#task;
    for (const nGram of nGramsOf(uuid)) {
      if (this.#seenIn[nGram] === this.#task) continue;
      this.#seenIn[nGram] = this.#task;
      this.#nGrams[nGram] = (this.#nGrams[nGram] ?? 0) + change;
    }
  }

  get isEmpty(): boolean {
    return this.size === 0 && this.equals(new SearchBlockCounter());
  }

  /** Also compares blocks too large to encode, which pending changes make before they are counted. */
  equals(other: SearchBlockCounter): boolean {
    return isDeepStrictEqual(this.#merged(), other.#merged());
  }

  /**
   * Counts may be negative between two changes of one task, and wrong counts are found by `check`.
   * @throws RangeError if the block has too many tasks
   */
  encode(): Buffer {
    if (this.size > MAX_COUNT) throw new RangeError(`A search block cannot count ${this.size} tasks.`);
    const { programs, programTasks, prefixes, prefixTasks, nGramTasks } = this.#merged();
    const arrays = [
      Int32Array.of(this.size, programs.length, prefixes.length),
      programs,
      prefixes,
      Int16Array.from(programTasks),
      Int16Array.from(prefixTasks),
      Int16Array.from(nGramTasks),
    ];
    return Buffer.concat(
      arrays.map((array) => Buffer.from(array.buffer, array.byteOffset, array.byteLength)),
    );
  }

  #merged(): SearchBlock {
    const programs = merge(this.#block.programs, this.#block.programTasks, this.#programs);
    const prefixes = merge(this.#block.prefixes, this.#block.prefixTasks, this.#prefixes);
    return {
      size: this.size,
      programs: programs.keys,
      programTasks: programs.counts,
      prefixes: prefixes.keys,
      prefixTasks: prefixes.counts,
      nGramTasks: this.#nGrams,
    };
  }
}

/** Adds changes to counts with ascending keys, and leaves out counts of 0. */
function merge(keys: Uint32Array, counts: Counts, changes: ReadonlyMap<number, number>) {
  const changed = Uint32Array.from(changes.keys()).sort();
  const mergedKeys = new Uint32Array(keys.length + changed.length);
  const mergedCounts = new Int32Array(mergedKeys.length);
  let [length, at] = [0, 0];
  const append = (key: number, count: number) => {
    if (count === 0) return;
    mergedKeys[length] = key;
    mergedCounts[length] = count;
    length += 1;
  };
  for (const key of changed) {
    for (; at < keys.length && (keys[at] ?? 0) < key; at += 1) append(keys[at] ?? 0, counts[at] ?? 0);
    const isKnown = keys[at] === key;
    append(key, (isKnown ? (counts[at] ?? 0) : 0) + (changes.get(key) ?? 0));
    if (isKnown) at += 1;
  }
  for (; at < keys.length; at += 1) append(keys[at] ?? 0, counts[at] ?? 0);
  return { keys: mergedKeys.subarray(0, length), counts: mergedCounts.subarray(0, length) };
}

const HEADER_WORDS = 3;

/** Reads what `SearchBlockCounter.encode` wrote. */
export function decodeSearchBlock(data: Uint8Array): SearchBlock {
  // A copy, since a buffer from elsewhere need not begin at a multiple of four.
  const { buffer } = Uint8Array.from(data);
  const [size = 0, programs = 0, prefixes = 0] = new Int32Array(buffer, 0, HEADER_WORDS);
  let at = 0;
  const words = (length: number) => {
    const array = new Uint32Array(buffer, at, length);
    at += array.byteLength;
    return array;
  };
  const halves = (length: number) => {
    const array = new Int16Array(buffer, at, length);
    at += array.byteLength;
    return array;
  };
  words(HEADER_WORDS);
  return {
    size,
    programs: words(programs),
    prefixes: words(prefixes),
    programTasks: halves(programs),
    prefixTasks: halves(prefixes),
    nGramTasks: halves(NGRAM_COUNT),
  };
}

/** Adds up the counts of some blocks. */
export function sumOfSearchBlocks(blocks: readonly SearchBlock[]): SearchBlock {
  const nGramTasks = new Int32Array(NGRAM_COUNT);
  for (const block of blocks) {
    for (let nGram = 0; nGram < NGRAM_COUNT; nGram += 1) {
      nGramTasks[nGram] = (nGramTasks[nGram] ?? 0) + (block.nGramTasks[nGram] ?? 0);
    }
  }
  const programs = sumByKey(blocks.map((block) => [block.programs, block.programTasks]));
  const prefixes = sumByKey(blocks.map((block) => [block.prefixes, block.prefixTasks]));
  return {
    size: blocks.reduce((sum, { size }) => sum + size, 0),
    programs: programs.keys,
    programTasks: programs.counts,
    prefixes: prefixes.keys,
    prefixTasks: prefixes.counts,
    nGramTasks,
  };
}

function sumByKey(parts: readonly (readonly [Uint32Array, Counts])[]) {
  const sums = new Map<number, number>();
  for (const [keys, counts] of parts) {
    for (let index = 0; index < keys.length; index += 1) {
      const key = keys[index] ?? 0;
      sums.set(key, (sums.get(key) ?? 0) + (counts[index] ?? 0));
    }
  }
  return { keys: Uint32Array.from(sums.keys()), counts: Int32Array.from(sums.values()) };
}

function addTo(counts: Map<number, number>, key: number, change: number): void {
  const count = (counts.get(key) ?? 0) + change;
  if (count === 0) counts.delete(key);
  else counts.set(key, count);
}
