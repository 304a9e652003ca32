import { createHash } from 'node:crypto';
import { uniformFloat64 } from 'pure-rand/distribution/uniformFloat64';
import { uniformInt } from 'pure-rand/distribution/uniformInt';
import { xoroshiro128plusFromState } from 'pure-rand/generator/xoroshiro128plus';

/** A generator of reproducible random values. */
export interface Random {
  /** Returns a number from `low` to below `high`. */
  number(low: number, high: number): number;
  /** Returns an integer from `low` to `high`, both included. */
  integer(low: number, high: number): number;
  oneOf<T>(values: readonly [T, ...T[]]): T;
  /** Returns `0x` and this number of hexadecimal digits. */
  hex(digits: number): string;
}

/** Creates a generator. The seed alone determines its values. */
export function createRandom(...seed: readonly (string | number)[]): Random {
  const state = createHash('sha256').update(JSON.stringify(seed)).digest();
  const generator = xoroshiro128plusFromState([0, 4, 8, 12].map((offset) => state.readInt32BE(offset)));
  const integer = (low: number, high: number) => uniformInt(generator, low, high);
  return {
    number: (low, high) => low + uniformFloat64(generator) * (high - low),
    integer,
    oneOf: (values) => values[integer(0, values.length - 1)] ?? values[0],
    hex: (digits) => {
      const characters = Array.from({ length: digits }, () => integer(0, 15).toString(16));
      return `0x${characters.join('')}`;
    },
  };
}
