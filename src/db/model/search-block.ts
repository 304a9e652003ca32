/**
 * Search blocks. The list of all HDP tasks is divided into blocks of about 4096 tasks in list order. Each block stores
 * how many of its tasks have each program, each uuid prefix, and each n-gram in the uuid but not in the program. From
 * these counts follows the number of matches in a block, so a search reads rows only in the blocks of its page.
 */
import { NGRAM_COUNT } from './n-grams.ts';

/** A block is built with this many tasks, and split when it has twice as many. */
export const SEARCH_BLOCK_SIZE = 4096;
export type Counts = Int16Array | Int32Array;

/** The counts of one block, or of a group of blocks. */
export interface SearchBlock {
  size: number;
  /** Program ids, ascending in a stored block, with the number of tasks of each. */
  programs: Uint32Array;
  programTasks: Counts;
  /** Prefixes of uuids and the number of tasks with each. */
  prefixes: Uint32Array;
  prefixTasks: Counts;
  /** The number of tasks with each n-gram in the uuid but not in the program. */
  nGramTasks: Counts;
}

const HEADER_WORDS = 3;

/** Decodes what `SearchBlockCounter.encode` has written. */
export function decodeSearchBlock(data: Uint8Array): SearchBlock {
  // A copy, because the buffer may begin at an offset that is not a multiple of four.
  const { buffer } = Uint8Array.from(data);
  const [size = 0, programs = 0, prefixes = 0] = new Int32Array(buffer, 0, HEADER_WORDS);
  let at = 0;
  const readUint32s = (length: number) => {
    const array = new Uint32Array(buffer, at, length);
    at += array.byteLength;
    return array;
  };
  const readInt16s = (length: number) => {
    const array = new Int16Array(buffer, at, length);
    at += array.byteLength;
    return array;
  };
  readUint32s(HEADER_WORDS);
  return {
    size,
    programs: readUint32s(programs),
    prefixes: readUint32s(prefixes),
    programTasks: readInt16s(programs),
    prefixTasks: readInt16s(prefixes),
    nGramTasks: readInt16s(NGRAM_COUNT),
  };
}

/** Returns the sum of blocks. */
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
