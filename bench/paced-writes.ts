/** Writes at an even pace until SIGTERM: as many inserts as status changes a second. */
export interface Written {
  inserts: number;
  changes: number;
  seconds: number;
  slowestMs: number;
}

/** More are not under way at a time: a writer that has fallen behind does not catch up in one burst. */
const MAX_IN_FLIGHT = 64;

/**
 * Prints an empty line, writes until SIGTERM, and then prints a `Written`.
 * @param rate inserts a second, and as many changes
 * @param insert creates the nth task
 * @param change makes the nth status change
 * @param close is called after the last write
 */
export function writeAtPace(
  rate: number,
  insert: (n: number) => Promise<void>,
  change: (n: number) => Promise<void>,
  close: () => Promise<void>,
): void {
  const written: Written = { inserts: 0, changes: 0, seconds: 0, slowestMs: 0 };
  const inFlight = new Set<Promise<void>>();
  let begun = 0;

  function track(kind: 'inserts' | 'changes', work: Promise<void>): void {
    const start = performance.now();
    const done = work.then(() => {
      inFlight.delete(done);
      written[kind] += 1;
      written.slowestMs = Math.max(written.slowestMs, performance.now() - start);
    });
    inFlight.add(done);
  }

  const start = performance.now();
  const ticker = setInterval(() => {
    const due = Math.floor(((performance.now() - start) * rate) / 1000);
    while (begun < due && inFlight.size < MAX_IN_FLIGHT) {
      track('inserts', insert(begun));
      track('changes', change(begun));
      begun += 1;
    }
  }, 1);

  process.once('SIGTERM', async () => {
    clearInterval(ticker);
    await Promise.all(inFlight);
    written.seconds = (performance.now() - start) / 1000;
    await close();
    process.stdout.write(JSON.stringify(written));
  });
  process.stdout.write('\n');
}
