export interface TurnOptions<Work> {
  /** Does the work of the one whose turn it is. */
  take(work: Work): void;
  /** Told, a turn of the event loop later, of each that waited with it. */
  follow(work: Work): void;
}

/** Lets those that want the same wait for one another: the first takes the turn for all who came before it. */
export function createTurns<Work>({ take, follow }: TurnOptions<Work>) {
  const waiting = new Map<string, Work[]>();

  function turn(key: string): void {
    const [first, ...others] = waiting.get(key) ?? [];
    waiting.delete(key);
    if (first === undefined) return;
    take(first);
    if (others.length > 0) setImmediate(() => others.forEach(follow));
  }

  return {
    /** @param ms how long before the turn of `key`, if nobody waits for it already; at once when not above 0 */
    wait(key: string, ms: number, work: Work): void {
      const those = waiting.get(key);
      if (those) {
        those.push(work);
      } else if (ms <= 0) {
        take(work);
      } else {
        waiting.set(key, [work]);
        setTimeout(turn, ms, key);
      }
    },
  };
}
