export interface FairQueue {
  /** Runs `work` once there is room; when others wait, keys take turns. */
  run<T>(key: number, work: () => Promise<T>): Promise<T>;
}

/** Runs up to `limit` pieces of work at a time. Waiting work is started round robin over its keys. */
export function createFairQueue(limit: number): FairQueue {
  /** Per key, in the order in which the keys have their turns. */
  const waiting = new Map<number, (() => void)[]>();
  let running = 0;

  function acquire(key: number): Promise<void> | undefined {
    if (running < limit) {
      running += 1;
      return undefined;
    }
    return new Promise<void>((resolve) => {
      const queue = waiting.get(key);
      if (queue) queue.push(resolve);
      else waiting.set(key, [resolve]);
    });
  }

  function release(): void {
    const [first] = waiting;
    if (!first) {
      running -= 1;
      return;
    }
    const [key, [start, ...rest]] = first;
    waiting.delete(key);
    if (rest.length > 0) waiting.set(key, rest);
    start?.();
  }

  return {
    async run(key, work) {
      await acquire(key);
      try {
        return await work();
      } finally {
        release();
      }
    },
  };
}
