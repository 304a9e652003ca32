/** A seeded random number generator (mulberry32). A seed gives the same numbers on every machine. */
export class Random {
  #state: number;

  constructor(seed: number) {
    this.#state = seed >>> 0;
  }

  /** Returns 32 random bits as an integer. */
  bits(): number {
    this.#state = (this.#state + 0x6d2b79f5) >>> 0;
    let t = this.#state;
    t = Math.imul(t ^ (t >>> 15), t | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return (t ^ (t >>> 14)) >>> 0;
  }

  /** Returns a number from 0 (inclusive) to 1 (exclusive). */
  fraction(): number {
    return this.bits() / 2 ** 32;
  }

  /** Returns an integer from 0 (inclusive) to `end` (exclusive). */
  below(end: number): number {
    return Math.floor(this.fraction() * end);
  }

  chance(probability: number): boolean {
    return this.fraction() < probability;
  }

  pick<T>(list: readonly T[]): T {
    const item = list[this.below(list.length)];
    if (item === undefined) throw new Error('The list is empty.');
    return item;
  }

  /** Returns `length` random characters of `alphabet`. */
  text(length: number, alphabet: string): string {
    let text = '';
    for (let i = 0; i < length; i += 1) text += alphabet[this.below(alphabet.length)];
    return text;
  }

  /** Returns `0x` and 64 hexadecimal digits. */
  hash(): string {
    let digits = '';
    for (let i = 0; i < 8; i += 1) digits += this.bits().toString(16).padStart(8, '0');
    return `0x${digits}`;
  }

  shuffle<T>(list: readonly T[]): T[] {
    return list
      .map((item) => ({ item, sortKey: this.bits() }))
      .sort((a, b) => a.sortKey - b.sortKey)
      .map(({ item }) => item);
  }
}
