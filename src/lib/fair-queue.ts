export interface FairQueue {
  /** Runs `work` when fewer than `limit` jobs run. Waiting keys are served round robin. */
  run<T>(key: number, work: () => Promise<T>): Promise<T>;
}

/** Creates a queue that runs up to `limit` jobs at a time. Waiting jobs start round robin over their keys. */
export function createFairQueue(limit: number): FairQueue {
  /** The waiting jobs of each key. The first key is served next. */
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
