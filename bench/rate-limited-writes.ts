/** Writes at a constant rate until SIGTERM: an equal number of inserts and status changes. */
export interface WriteStats {
  inserts: number;
  changes: number;
  seconds: number;
  slowestMs: number;
}

/** Limits the burst of a writer that has fallen behind. */
const MAX_IN_FLIGHT = 64;

/**
 * Prints an empty line, writes until SIGTERM, and then prints a `WriteStats`.
 * @param rate inserts per second, and status changes per second
 * @param insert creates the nth task
 * @param change makes the nth status change
 * @param close called after the last write
 */
export function writeAtRate(
  rate: number,
  insert: (n: number) => Promise<void>,
  change: (n: number) => Promise<void>,
  close: () => Promise<void>,
): void {
  const stats: WriteStats = { inserts: 0, changes: 0, seconds: 0, slowestMs: 0 };
  const inFlight = new Set<Promise<void>>();
  let started = 0;

  function track(kind: 'inserts' | 'changes', work: Promise<void>): void {
    const start = performance.now();
    const done = work.then(() => {
      inFlight.delete(done);
      stats[kind] += 1;
      stats.slowestMs = Math.max(stats.slowestMs, performance.now() - start);
    });
    inFlight.add(done);
  }

  const start = performance.now();
  const ticker = setInterval(() => {
    const due = Math.floor(((performance.now() - start) * rate) / 1000);
    while (started < due && inFlight.size < MAX_IN_FLIGHT) {
      track('inserts', insert(started));
      track('changes', change(started));
      started += 1;
    }
  }, 1);

  process.once('SIGTERM', async () => {
    clearInterval(ticker);
    await Promise.all(inFlight);
    stats.seconds = (performance.now() - start) / 1000;
    await close();
    process.stdout.write(JSON.stringify(stats));
  });
  process.stdout.write('\n');
}
