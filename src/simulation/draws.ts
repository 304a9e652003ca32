import { createHash } from 'node:crypto';
import { uniformFloat64 } from 'pure-rand/distribution/uniformFloat64';
import { uniformInt } from 'pure-rand/distribution/uniformInt';
import { xoroshiro128plusFromState } from 'pure-rand/generator/xoroshiro128plus';

/** Random values that are the same whenever the same words are their source. */
export interface Draws {
  /** From `low` to below `high`. */
  number(low: number, high: number): number;
  /** From `low` to `high`, both included. */
  integer(low: number, high: number): number;
  oneOf<T>(values: readonly [T, ...T[]]): T;
  /** `0x` and so many hexadecimal digits. */
  hex(digits: number): string;
}

const SIXTEEN = 16;

/** Draws that hang on nothing but the given words: not on what was drawn from others, nor on time. */
export function drawsOf(...source: readonly (string | number)[]): Draws {
  const state = createHash('sha256').update(JSON.stringify(source)).digest();
  const generator = xoroshiro128plusFromState([0, 4, 8, 12].map((offset) => state.readInt32BE(offset)));
  const integer = (low: number, high: number) => uniformInt(generator, low, high);
  return {
    number: (low, high) => low + uniformFloat64(generator) * (high - low),
    integer,
    oneOf: (values) => values[integer(0, values.length - 1)] ?? values[0],
    hex: (digits) => {
      const drawn = Array.from({ length: digits }, () => integer(0, SIXTEEN - 1).toString(SIXTEEN));
      return `0x${drawn.join('')}`;
    },
  };
}
