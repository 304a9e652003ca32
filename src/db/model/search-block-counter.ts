import { isDeepStrictEqual } from 'node:util';
import { NGRAM_COUNT, nGramsOf } from './n-grams.ts';
import type { Counts, SearchBlock } from './search-block.ts';
import { prefixOf } from './uuid-terms.ts';

/** Counts are stored in 16 bits. */
const MAX_COUNT = 0x7fff;

/** The values of a task that a search block counts. */
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

/** Collects changes to one block. They are merged into its counts once, when it is encoded. */
export class SearchBlockCounter {
  size: number;
  readonly #block: SearchBlock;
  readonly #programs = new Map<number, number>();
  readonly #prefixes = new Map<number, number>();
  readonly #nGrams: Int32Array;
  // The number of the task in which an n-gram was last seen. A number needs no clearing between tasks.
  readonly #lastTask = new Uint32Array(NGRAM_COUNT);
  #taskNumber = 0;

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
    this.#taskNumber += 1;
    for (const nGram of programNGrams) this.#lastTask[nGram] = this.#taskNumber;
    for (const nGram of nGramsOf(uuid)) {
      if (this.#lastTask[nGram] === this.#taskNumber) continue;
      this.#lastTask[nGram] = this.#taskNumber;
      this.#nGrams[nGram] = (this.#nGrams[nGram] ?? 0) + change;
    }
  }

  get isEmpty(): boolean {
    return this.size === 0 && this.equals(new SearchBlockCounter());
  }

  /** Also compares blocks that pending changes have made too large to encode. */
  equals(other: SearchBlockCounter): boolean {
    return isDeepStrictEqual(this.#merged(), other.#merged());
  }

  /**
   * Encodes the block. Counts may be negative between two changes of one task; `verify` finds wrong counts.
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

function addTo(counts: Map<number, number>, key: number, change: number): void {
  const count = (counts.get(key) ?? 0) + change;
  if (count === 0) counts.delete(key);
  else counts.set(key, count);
}
