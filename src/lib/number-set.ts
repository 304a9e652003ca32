/** Room for this many numbers at first; it doubles when half of it is used. */
const INITIAL_CAPACITY = 1024;

/** Creates a set of integers from 1 to 2^53 - 1 that takes 16 to 32 bytes for each: much less than a `Set`. */
export function createNumberSet() {
  let slots = new Float64Array(INITIAL_CAPACITY);
  let size = 0;

  /** Puts a number into its slot. @returns false if it is there already */
  function put(number: number): boolean {
    const last = slots.length - 1;
    // Numbers that follow each other, and those that differ in high bits only, go to different slots.
    let slot = Math.imul((number % 0x1_0000_0000) ^ (number / 0x1_0000_0000), 0x9e3779b1) >>> 0;
    for (slot %= slots.length; slots[slot] !== 0; slot = slot === last ? 0 : slot + 1) {
      if (slots[slot] === number) return false;
    }
    slots[slot] = number;
    return true;
  }

  function grow(): void {
    const before = slots;
    slots = new Float64Array(2 * before.length);
    for (const number of before) if (number !== 0) put(number);
  }

  return {
    /** Adds a number. @returns false if it was in the set */
    add(number: number): boolean {
      if (!put(number)) return false;
      size += 1;
      if (2 * size > slots.length) grow();
      return true;
    },
  };
}
