/** How long the second key of a sequence such as `g l` is awaited. */
const SEQUENCE_MS = 1500;

const NO_KEY = { key: '', at: Number.NEGATIVE_INFINITY };

/**
 * Creates a function that tells what a key means after the keys before: itself, the end of a sequence of two keys, or
 * nothing yet, because a sequence begins with it.
 */
export function createKeySequence() {
  let first = NO_KEY;
  /**
   * @param at milliseconds
   * @param known the keys and sequences that have actions
   * @returns the key or the sequence whose action is due, or undefined
   */
  return (key: string, at: number, known: readonly string[]): string | undefined => {
    const sequence = `${first.key} ${key}`;
    const isSequence = at - first.at < SEQUENCE_MS && known.includes(sequence);
    const isFirst = !isSequence && known.some((keys) => keys.startsWith(`${key} `));
    first = isFirst ? { key, at } : NO_KEY;
    if (isFirst) return undefined;
    return isSequence ? sequence : key;
  };
}
